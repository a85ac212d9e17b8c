# A private PostgreSQL server for the tests. POSIX sh, run as `sh -c "$(cat postgres.sh)" postgres.sh …`.
#
#   find                 prints the folder of the server's programs, then the user to run them as (empty:
#                        this one; PostgreSQL refuses to run as root); fails, saying what to install.
#                        FLOWLENS_TEST_PG_BIN names the folder, when it is to be another than the newest here
#   serve BIN [A=B]…     makes a server in a new folder, with these settings, prints the folder, then obeys
#                        the lines `start PORT` and `stop` on standard input and answers each `ok` or
#                        `failed`. At the end of the input (so also when the process that holds the pipe
#                        panics or is killed) it stops the server and removes the folder.
#                        Environment: PASSWORD (of the superuser postgres), TLS_CA, TLS_CERT, TLS_KEY (PEM)
set -u

find_server() {
    for bin in ${FLOWLENS_TEST_PG_BIN:+"$FLOWLENS_TEST_PG_BIN"} "$(pg_config --bindir 2>/dev/null)" \
        $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin \
            /usr/local/opt/postgresql@*/bin | sort -rV) \
        "$(dirname "$(command -v postgres || echo /nowhere/)")"; do
        if [ -x "$bin/initdb" ] && [ -x "$bin/pg_ctl" ] && [ -x "$bin/postgres" ]; then
            major=$("$bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
        else
            major=0
        fi
        if [ "${major:-0}" -lt 11 ]; then
            [ "$bin" != "${FLOWLENS_TEST_PG_BIN:-}" ] || break
            continue
        fi
        user=
        if [ "$(id -u)" = 0 ]; then
            id postgres >/dev/null 2>&1 && user=postgres || user=nobody
        fi
        printf '%s\n%s\n' "$bin" "$user"
        return 0
    done
    [ -z "${FLOWLENS_TEST_PG_BIN:-}" ] || echo "FLOWLENS_TEST_PG_BIN=$FLOWLENS_TEST_PG_BIN has none that will do." >&2
    cat >&2 <<'WHAT'
The tests need a PostgreSQL server's programs (11 or newer: initdb, pg_ctl, postgres), and there are none here.
  Debian, Ubuntu   apt-get install postgresql
  Fedora, RHEL     dnf install postgresql-server
  macOS            brew install postgresql@17
Or name a server on which they may create databases and roles, a YugabyteDB say:
  FLOWLENS_TEST_DATABASE_URL=postgres://user:password@host:port/database
WHAT
    return 1
}

end() {
    [ -f "$dir/data/postmaster.pid" ] && "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
    rm -rf "$dir"
}

serve() {
    bin=$1
    shift
    umask 077
    template=flowlens-test.XXXXXX
    dir=$(mktemp -d "${TMPDIR:-/tmp}/$template" 2>/dev/null || mktemp -d "/tmp/$template") || exit 1
    trap end EXIT
    trap 'exit 1' HUP INT TERM
    trap '' PIPE # the reader of our answers may be gone
    printf '%s\n' "$PASSWORD" >"$dir/password"
    "$bin/initdb" -D "$dir/data" -U postgres --pwfile="$dir/password" --auth-local=trust \
        --auth-host=scram-sha-256 --encoding=UTF8 --locale=C --no-sync >"$dir/log" 2>&1 ||
        { cat "$dir/log" >&2; exit 1; }
    printf '%s\n' "$TLS_CA" >"$dir/ca.crt"
    printf '%s\n' "$TLS_CERT" >"$dir/data/server.crt"
    printf '%s\n' "$TLS_KEY" >"$dir/data/server.key"
    # Nothing here has to outlive a crash of the machine, and the folder for temporary files may be small.
    printf '%s\n' "unix_socket_directories = '$dir'" "listen_addresses = '127.0.0.1'" "ssl = on" \
        "max_connections = 500" "shared_buffers = '32MB'" "fsync = off" "synchronous_commit = off" \
        "full_page_writes = off" "min_wal_size = '32MB'" "max_wal_size = '64MB'" "checkpoint_warning = 0" \
        "log_line_prefix = '%d %u: '" "$@" >>"$dir/data/postgresql.conf"
    printf '%s\n' "$dir"
    while read -r order port; do
        case $order in
        start) "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -o "-p $port" -w -t 120 start ;;
        stop) "$bin/pg_ctl" -D "$dir/data" -m fast -w -t 120 stop ;;
        esac </dev/null >/dev/null 2>&1 && echo ok || echo failed
    done
}

case $1 in
find) find_server ;;
serve) shift && serve "$@" ;;
esac
