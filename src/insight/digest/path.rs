//! What kind of file a path names.

use std::sync::LazyLock;

use regex::RegexSet;

/// What kind of file a path names. The first that fits, in this order, counts; see [`Kind::of`] for the exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Written by a tool: lock files, vendored and built code, snapshots.
    Generated,
    /// Not text: images, fonts, archives, binaries.
    Asset,
    /// Tests, their fixtures, and benchmarks.
    Test,
    /// What the continuous integration does.
    Ci,
    /// Manifests and build files.
    Deps,
    /// Containers and deployments.
    Infra,
    Doc,
    Source,
    Config,
    Other,
}

/// The kinds with a pattern, in the order of [`Kind`].
const ASKED: [Kind; 9] = [
    Kind::Generated,
    Kind::Asset,
    Kind::Test,
    Kind::Ci,
    Kind::Deps,
    Kind::Infra,
    Kind::Doc,
    Kind::Source,
    Kind::Config,
];

/// The pattern of each of [`ASKED`], for a path in lower case.
///
/// A pattern that does not compile would fit nothing; the tests hold that each does.
static KINDS: LazyLock<RegexSet> = LazyLock::new(|| {
    let patterns = [
        concat!(
            r"(^|/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|cargo\.lock|go\.sum",
            r"|poetry\.lock|uv\.lock|pipfile\.lock|gemfile\.lock|composer\.lock|deno\.lock|flake\.lock",
            r"|gradle\.lockfile|bun\.lockb?)$|\.lock$",
            r"|(^|/)(vendor|node_modules|third[_-]?party|thirdparty|dist|bower_components|generated",
            r"|__generated__|__snapshots__|snapshots)/|\.min\.(js|css)$|\.pb\.(go|cc|h)$|_pb2(_grpc)?\.py$",
            r"|\.generated\.|_generated\.|\.snap$|\.map$|\.designer\.cs$|\.g\.dart$",
        ),
        concat!(
            r"\.(png|jpe?g|gif|svg|ico|webp|bmp|woff2?|ttf|eot|otf|pdf|zip|gz|tgz|jar|war|class|so|dll|exe",
            r"|bin|dat|mp[34]|wav|mov|psd|ai|db|sqlite|parquet|wasm)$",
        ),
        concat!(
            r"(^|/)(tests?|specs?|__tests__|testing|testdata|test[-_]data|fixtures?|e2e|cypress|it",
            r"|integration[-_]?tests?|unit[-_]?tests?|benchmarks?|benches|[a-z0-9_.-]*[-_.]tests?",
            r"|tests?[-_.][a-z0-9_.-]*)/|_tests?\.[a-z]+$|(^|/)test_[^/]*\.py$|\.(spec|test)s?\.[a-z]+$",
            r"|(^|/)conftest\.py$",
        ),
        concat!(
            r"(^|/)(\.github|\.circleci|\.gitlab|\.buildkite|ci|\.azure-pipelines|zuul\.d)/",
            r"|(^|/)(\.travis\.yml|jenkinsfile|appveyor\.yml|\.gitlab-ci\.yml|azure-pipelines\.yml",
            r"|\.zuul\.yaml|codecov\.yml)$",
        ),
        concat!(
            r"(^|/)(package\.json|cargo\.toml|go\.mod|requirements[^/]*\.txt|setup\.(py|cfg)|pyproject\.toml",
            r"|pom\.xml|build\.gradle(\.kts)?|settings\.gradle|gradle\.properties|libs\.versions\.toml|gemfile",
            r"|composer\.json|build\.xml|ivy\.xml|cmakelists\.txt|makefile[^/]*",
            r"|[^/]*\.(gradle|cmake|bzl|mk|pri|pro|csproj|sln))$",
        ),
        concat!(
            r"(^|/)(dockerfile[^/]*|docker-compose[^/]*|k8s|kubernetes|helm|charts?|terraform|ansible",
            r"|deploy(ment)?s?|infra(structure)?)(/|$)|\.(tf|tfvars|hcl)$",
        ),
        concat!(
            r"\.(md|mdx|rst|adoc|asciidoc|txt|html?|tex|org|rdoc|qdoc|textile|po|pot)$",
            r"|(^|/)(docs?|documentation|javadoc|releasenotes|changelogs?|site)/",
            r"|(^|/)(license|licence|notice|authors|contributors|changelog|changes|readme|copying|history",
            r"|news|codeowners|thanks)[^/]*$",
        ),
        concat!(
            r"\.(rs|go|py|pyx|js|jsx|mjs|cjs|ts|tsx|mts|cts|vue|svelte|java|kt|kts|scala|groovy|clj|c|cc|cpp",
            r"|cxx|h|hh|hpp|hxx|m|mm|cs|fs|vb|rb|php|swift|dart|ex|exs|erl|hs|ml|lua|pl|pm|r|jl|sh|bash|zsh",
            r"|ps1|sql|css|scss|sass|less|proto|thrift|graphql|g4?|qml|jsp|ftl|vm|zig|nim|s|asm|jj|jjt|y|l)$",
        ),
        concat!(
            r"\.(ya?ml|toml|ini|cfg|conf|properties|json5?|jsonc|env|editorconfig|xml|plist|mf|prefs|iml",
            r"|classpath|project|bat|cmd)$|(^|/)\.[^/]+$",
        ),
    ];
    RegexSet::new(patterns).unwrap_or_default()
});

/// Names of tests that only their capitals tell.
static TEST_NAME: LazyLock<RegexSet> = LazyLock::new(|| {
    let pattern = concat!(
        r"(Tests?|TestCase|IT|Spec|Specs)\.(java|groovy|kt|scala|cs|php|swift|js|ts)$",
        r"|(^|/)Test[A-Z][A-Za-z0-9]*\.(java|groovy|scala|php)$|(^|/)tst_[^/]*\.(cpp|qml)$",
    );
    RegexSet::new([pattern]).unwrap_or_default()
});

static MIGRATION: LazyLock<RegexSet> = LazyLock::new(|| {
    let pattern = concat!(
        r"(^|/)(migrations?|migrate|alembic|flyway|liquibase|db/(schema|changelog)|schema)(/|$|\.)",
        r"|\.sql$",
    );
    RegexSet::new([pattern]).unwrap_or_default()
});

static SECURITY: LazyLock<RegexSet> = LazyLock::new(|| {
    let pattern = concat!(
        "auth|crypt|security|password|passwd|secret|token|session|login|permission|acl|oauth|saml|jwt",
        "|tls|ssl|cert|sanitiz|csrf|cors|sandbox",
    );
    RegexSet::new([pattern]).unwrap_or_default()
});

impl Kind {
    /// The kind of the file at `path`.
    ///
    /// Code stays code in a directory of documents or deployments.
    pub fn of(path: &str) -> Self {
        let fitting = KINDS.matches(&path.to_lowercase());
        let fits = |kind: Self| fitting.matched(kind as usize);
        let holds = |kind: &Self| match kind {
            Self::Test => fits(*kind) || TEST_NAME.is_match(path),
            Self::Infra | Self::Doc => fits(*kind) && !fits(Self::Source),
            _ => fits(*kind),
        };
        ASKED.into_iter().find(holds).unwrap_or(Self::Other)
    }
}

/// Whether the file at `path` changes a database's schema.
pub fn is_migration(path: &str) -> bool {
    MIGRATION.is_match(&path.to_lowercase())
}

/// Whether the name of the file at `path` has to do with security.
pub fn is_security(path: &str) -> bool {
    SECURITY.is_match(&path.to_lowercase())
}

/// What follows the last dot of `path`, in lower case; all of it where it has none.
pub fn extension(path: &str) -> String {
    path.rsplit('.').next().unwrap_or(path).to_lowercase()
}
