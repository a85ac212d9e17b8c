//! The `PG*` variables, service files and the password file, at the program's door: as libpq takes them.

use std::{
    fs,
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    path::Path,
    process::Command,
};

use crate::support::{
    cli::{self, Answer},
    pg::{Database, PASSWORD, PrivateServer},
};

struct Place {
    server: PrivateServer,
    db: Database,
    home: tempfile::TempDir,
}

impl Place {
    /// A server with TLS and a password, and a home folder.
    async fn new(name: &str) -> Self {
        let server = PrivateServer::start(&[]);
        let db = server.database(name).await;
        db.seed_schema().await;
        Self { server, db, home: tempfile::tempdir().expect("a folder") }
    }

    /// What leads to the database; later ones replace these.
    fn variables<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let usual = [
            ("PGHOST", "127.0.0.1"),
            ("PGPORT", self.server.port_text()),
            ("PGUSER", "postgres"),
            ("PGPASSWORD", PASSWORD),
            ("PGDATABASE", self.db.name()),
        ];
        usual.into_iter().chain(more.iter().copied()).collect()
    }

    fn run(&self, args: &[&str], more: &[(&str, &str)]) -> Answer {
        let answer = cli::run_in(self.home.path(), args, &self.variables(more));
        assert!(!answer.to_string().contains(PASSWORD), "a secret in: {answer}");
        answer
    }

    fn reads(&self, more: &[(&str, &str)]) {
        let answer = self.run(&["status"], more);
        assert_eq!(answer.status.code(), Some(0), "{more:?} {answer}");
        assert!(answer.stderr.contains("(from the PG* variables)"), "{more:?} {answer}");
    }

    fn refuses(&self, more: &[(&str, &str)], code: i32, says: &str) {
        let answer = self.run(&["status"], more);
        assert_eq!(answer.status.code(), Some(code), "{more:?} {answer}");
        assert!(answer.stderr.contains(says), "no {says:?}, {more:?} {answer}");
        assert_eq!(answer.stdout, "", "{more:?}");
    }

    fn file(&self, name: &str, content: &[u8], mode: u32) -> String {
        let path = self.home.path().join(name);
        fs::write(&path, content).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
        path.display().to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_cannot_be_read_is_refused_by_name_and_never_weakens_tls() {
    let place = Place::new("variables_bad").await;
    for mode in ["\"verify-full\"", "verify_full", "require ", "true", "Require", "VERIFY-FULL"] {
        place.refuses(&[("PGSSLMODE", mode)], 2, "PGSSLMODE has an unknown value");
    }
    for (name, value) in [
        ("PGPORT", "5433x"),
        ("PGPORT", "0"),
        ("PGCONNECT_TIMEOUT", "5s"),
        ("PGTARGETSESSIONATTRS", "master"),
        ("PGHOST", "h1,,h2"),
        ("PGREQUIRESSL", "yes"),
        ("PGCHANNELBINDING", "require"),
        ("PGGSSENCMODE", "require"),
        ("PGSSLMINPROTOCOLVERSION", "TLSv1.3"),
        ("PGSSLCRL", "/nowhere"),
        ("PGREQUIREAUTH", "scram-sha-256"),
        ("PGREQUIREPEER", "postgres"),
        ("PGSERVICE", "no-such-service"),
    ] {
        place.refuses(&[(name, value)], 2, &format!("database address: {name} "));
    }
    // The same beside an address that is named, where that does not say better.
    let url = place.db.url();
    let named = [("FLOWLENS_DATABASE_URL", url.as_str()), ("PGSSLMODE", "verify_full")];
    place.refuses(&named, 2, "PGSSLMODE has an unknown value");
    let url = format!("{url}?sslmode=require");
    let answer = place.run(&["status"], &[("FLOWLENS_DATABASE_URL", &url), ("PGSSLMODE", "verify_full")]);
    assert_eq!(answer.status.code(), Some(0), "{answer}");

    // Bytes that are no text are not taken for nothing.
    for name in ["PGSSLMODE", "PGPASSWORD", "PGDATABASE", "FLOWLENS_DATABASE_URL", "FLOWLENS_LIMIT"] {
        let answer = Command::new(cli::PROGRAM)
            .arg("status")
            .env_clear()
            .env("HOME", place.home.path())
            .envs(place.variables(&[]))
            .env(name, std::ffi::OsStr::from_bytes(b"postgres://verify\xfffull"))
            .output()
            .expect("the program");
        let words = String::from_utf8_lossy(&answer.stderr).into_owned();
        assert_eq!(answer.status.code(), Some(2), "{name}: {words}");
        assert!(words.contains(name) && words.contains("is not valid UTF-8"), "{name}: {words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_variable_counts_as_not_set() {
    let place = Place::new("variables_empty").await;
    place.reads(&[]);
    for name in [
        "PGHOSTADDR",
        "PGSSLMODE",
        "PGSSLROOTCERT",
        "PGSSLCERT",
        "PGSSLKEY",
        "PGSSLCRL",
        "PGOPTIONS",
        "PGAPPNAME",
        "PGCONNECT_TIMEOUT",
        "PGTARGETSESSIONATTRS",
        "PGPASSFILE",
        "PGSERVICE",
        "PGSERVICEFILE",
        "PGCHANNELBINDING",
        "PGGSSENCMODE",
        "PGREQUIRESSL",
        "PGREQUIREAUTH",
    ] {
        place.reads(&[(name, "")]);
    }
    place.reads(&[("PGSSLCERT", ""), ("PGSSLKEY", ""), ("PGSSLROOTCERT", ""), ("PGSSLMODE", "require")]);

    // No password: the file's. No port: the usual one. No name: this user's, and a database of that name.
    place.file(".pgpass", format!("127.0.0.1:*:*:postgres:{PASSWORD}\n").as_bytes(), 0o600);
    place.reads(&[("PGPASSWORD", "")]);
    place.refuses(&[("PGPORT", "")], 6, "127.0.0.1:5432: ");
    place.refuses(&[("PGUSER", "")], 4, "login refused: ");
    let answer = place.run(&["db", "url"], &[("PGDATABASE", "")]);
    assert!(answer.stdout.starts_with("postgres://postgres@127.0.0.1"), "{answer}");
    assert!(answer.stdout.contains("/postgres?"), "{answer}");
    // Without a host nobody names a database: the embedded one.
    let answer = place.run(&["status"], &[("PGHOST", ""), ("PGHOSTADDR", ""), ("PGSERVICE", "")]);
    assert!(answer.stderr.contains("SQLite"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variables_say_what_they_say_to_libpq() {
    let place = Place::new("variables_good").await;
    let port = place.server.port_text();
    // Hosts in a list, with a port for all or one each; by number beside a name; by socket, whatever the TLS.
    let ports = format!("1,{port}");
    place.reads(&[("PGHOST", "127.0.0.1,127.0.0.1"), ("PGPORT", &ports)]);
    place.refuses(&[("PGHOST", "127.0.0.1"), ("PGPORT", &ports)], 2, "2 ports for 1 hosts");
    place.reads(&[("PGHOST", "flowlens.invalid"), ("PGHOSTADDR", "127.0.0.1")]);
    place.reads(&[("PGHOST", ""), ("PGHOSTADDR", "127.0.0.1")]);
    // An address beats a socket's folder.
    place.reads(&[("PGHOST", "/nowhere"), ("PGHOSTADDR", "127.0.0.1")]);
    place.refuses(&[("PGHOST", "a,b"), ("PGHOSTADDR", "127.0.0.1")], 2, "1 addresses for 2 hosts");
    place.refuses(&[("PGHOSTADDR", "localhost")], 2, "PGHOSTADDR holds what is no IP address");
    let folder = place.server.socket_folder().display().to_string();
    place.reads(&[("PGHOST", &folder), ("PGSSLMODE", "verify-full")]);

    // Authorities are heeded wherever they are named: another server's signed another certificate.
    let own = place.server.ca_file().display().to_string();
    let stranger = PrivateServer::start(&[]);
    let other = place.file("other.crt", &fs::read(stranger.ca_file()).expect("a certificate"), 0o600);
    for mode in ["require", "verify-ca", "verify-full"] {
        place.reads(&[("PGSSLMODE", mode), ("PGSSLROOTCERT", &own)]);
        place.refuses(&[("PGSSLMODE", mode), ("PGSSLROOTCERT", &other)], 6, "TLS failed: ");
    }
    place.reads(&[("PGSSLMODE", "prefer"), ("PGSSLROOTCERT", &other)]);
    place.refuses(&[("PGSSLMODE", "verify-full")], 6, "TLS failed: ");
    fs::create_dir(place.home.path().join(".postgresql")).expect("a folder");
    fs::copy(place.home.path().join("other.crt"), place.home.path().join(".postgresql/root.crt"))
        .expect("a file");
    place.refuses(&[("PGREQUIRESSL", "1")], 6, "TLS failed: ");
    fs::copy(place.server.ca_file(), place.home.path().join(".postgresql/root.crt")).expect("a file");
    place.reads(&[("PGSSLMODE", "verify-full")]);

    // Options, kinds of nodes and times.
    place.refuses(&[("PGOPTIONS", "-c search_path=nowhere")], 2, "has no table repositories");
    let read_only = ("PGOPTIONS", "-c default_transaction_read_only=on");
    place.reads(&[read_only, ("PGTARGETSESSIONATTRS", "read-only")]);
    place.refuses(&[read_only, ("PGTARGETSESSIONATTRS", "read-write")], 6, "target_session_attrs=read-write");
    place.refuses(&[("PGTARGETSESSIONATTRS", "standby")], 6, "target_session_attrs=standby");
    for attrs in ["any", "read-write", "primary", "prefer-standby"] {
        place.reads(&[("PGTARGETSESSIONATTRS", attrs)]);
    }
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = silent.local_addr().expect("an address").port().to_string();
    place.refuses(&[("PGPORT", &silent), ("PGCONNECT_TIMEOUT", "1")], 6, "within 1 s");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_by_number_keeps_port_and_name() {
    let place = Place::new("variables_hostaddr").await;
    let (port, database) = (place.server.port_text(), place.db.name());
    let own = place.server.ca_file().display().to_string();
    // The password is that of the name.
    place.file(".pgpass", format!("localhost:{port}:*:*:{PASSWORD}\n").as_bytes(), 0o600);
    let none = [("PGHOST", ""), ("PGPASSWORD", ""), ("PGHOSTADDR", "")];
    let run = |host: &str, query: &str, more: &[(&str, &str)]| {
        let url = format!("postgres://postgres@{host}:{port}/{database}?{query}&sslrootcert={own}");
        place.run(&["status"], &[&none[..], &[("FLOWLENS_DATABASE_URL", &url)], more].concat())
    };
    let verified = "hostaddr=127.0.0.1&sslmode=verify-full";
    for (answer, code) in [
        (run("localhost", verified, &[]), 0),
        (run("localhost", "hostaddr=127.0.0.1&sslmode=disable", &[]), 0),
        (run("localhost", "hostaddr=127.0.0.2&sslmode=verify-full", &[]), 6),
        // The name, not the number, is what the certificate must have.
        (run("flowlens.invalid", verified, &[("PGPASSWORD", PASSWORD)]), 6),
        (run("flowlens.invalid", "hostaddr=127.0.0.1", &[("PGPASSWORD", PASSWORD)]), 0),
        // A host that the address names is not another one for a variable's sake.
        (run("localhost", "sslmode=verify-full", &[("PGHOSTADDR", "127.0.0.2")]), 0),
    ] {
        assert_eq!(answer.status.code(), Some(code), "{answer}");
    }
    let answer = run("flowlens.invalid", verified, &[]);
    assert!(answer.stderr.contains("verify-full wants"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_libpq_knows_in_an_address_is_known() {
    let place = Place::new("variables_known").await;
    let idle = "keepalives=1&keepalives_idle=30&tcp_user_timeout=1000&client_encoding=auto&gssencmode=prefer\
                &fallback_application_name=x&channel_binding=prefer&sslnegotiation=postgres&sslsni=1";
    let run = |url: &str| place.run(&["status"], &[("FLOWLENS_DATABASE_URL", url)]);
    let answer = run(&format!("{}?{idle}", place.db.url()));
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    for (query, said) in [
        (
            "channel_binding=require",
            "the parameter channel_binding asks for what FlowLens cannot do; leave it away; possible is disable, prefer",
        ),
        ("sslnegotiation=direct", "the parameter sslnegotiation asks for what FlowLens cannot do"),
        ("sslcrl=/x", "the parameter sslcrl asks for what FlowLens cannot do"),
        ("service=none", "the parameter service names a service that no service file has"),
    ] {
        let answer = run(&format!("{}?{query}", place.db.url()));
        assert_eq!(answer.status.code(), Some(2), "{answer}");
        assert!(answer.stderr.contains(said), "no {said:?} in {answer}");
    }
    let (port, database) = (place.server.port_text(), place.db.name());
    let services = format!("[prod]\nhost=127.0.0.1\nport={port}\ndbname={database}\n");
    place.file(".pg_service.conf", services.as_bytes(), 0o600);
    let bare = [("PGHOST", ""), ("PGPORT", ""), ("PGDATABASE", ""), ("PGSERVICE", "none")];
    let url = ("FLOWLENS_DATABASE_URL", "postgres://?service=prod");
    let answer = place.run(&["status"], &[&bare[..], &[url]].concat());
    assert_eq!(answer.status.code(), Some(0), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_file_names_the_database() {
    let place = Place::new("variables_service").await;
    let (port, database) = (place.server.port_text(), place.db.name());
    let services =
        format!("[prod]\nhost=127.0.0.1\nport={port}\ndbname={database}\nsslmode=require\n[odd]\nhots=x\n");
    place.file(".pg_service.conf", services.as_bytes(), 0o600);
    let bare = [("PGHOST", ""), ("PGPORT", ""), ("PGDATABASE", "")];
    let with = |name| bare.into_iter().chain([("PGSERVICE", name)]).collect::<Vec<_>>();
    place.reads(&with("prod"));
    let answer = place.run(&["db", "url"], &with("prod"));
    assert!(answer.stdout.contains("sslmode=require"), "{answer}");
    place.refuses(&with("odd"), 2, "PGSERVICE's hots is not known");
    place.refuses(&with("none"), 2, "PGSERVICE names a service that no service file has");
    let elsewhere = place.file("services", b"[prod]\nhost=127.0.0.1\nport=1\n", 0o600);
    let mut named = with("prod");
    named.push(("PGSERVICEFILE", &elsewhere));
    place.refuses(&named, 6, "127.0.0.1:1: ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_file_is_read_line_by_line_and_passed_over_only_with_a_word() {
    let place = Place::new("variables_passfile").await;
    let line = format!("127.0.0.1:*:*:postgres:{PASSWORD}\n");
    let latin1 = [b"old.example:*:*:bob:caf\xe9-au-lait\n", line.as_bytes()].concat();
    let path = place.file(".pgpass", &latin1, 0o600);
    let none = ("PGPASSWORD", "");
    place.reads(&[none]);
    for mode in [0o644, 0o640, 0o606] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
        place.refuses(&[none], 4, ".pgpass is not read: others can read it: chmod 600");
    }
    // A named one is read instead; what is no plain file never keeps anybody waiting.
    let named = place.file("passwords", line.as_bytes(), 0o600);
    place.reads(&[none, ("PGPASSFILE", &named)]);
    let url = place.db.url().replace(&format!(":{PASSWORD}"), "") + "?passfile=" + &named;
    let answer = place.run(&["status"], &[none, ("FLOWLENS_DATABASE_URL", &url)]);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    place.refuses(&[none, ("PGPASSFILE", "/nowhere/at/all")], 4, "login refused: ");
    let pipe = place.home.path().join("pipe");
    assert!(Command::new("mkfifo").arg("-m600").arg(&pipe).status().expect("mkfifo").success());
    place.refuses(&[none, ("PGPASSFILE", text(&pipe))], 4, "is not a plain file");
    let odd = place.file("odd", b"*:*:*:*:caf\xe9\n", 0o600);
    place.refuses(&[none, ("PGPASSFILE", &odd)], 4, "the password in line 1 is not UTF-8");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
