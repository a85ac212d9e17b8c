//! Files with patches that look real. Hunk headers are counted, not written, so they are always right.

use serde_json::{Value, json};

use super::{
    random::Dice,
    team::{Kind, REPOS},
    words::Topic,
};

/// A change of one file; `{part}`, `{Part}`, `{old}` and so on are filled in.
#[derive(Debug)]
pub(super) struct Template {
    path: &'static str,
    status: &'static str,
    /// First line in the old file, what stands behind the second `@@`, lines.
    hunks: &'static [(usize, &'static str, &'static str)],
    /// Lines added and removed where the patch is too large to be sent.
    large: Option<(usize, usize)>,
}

const fn change(path: &'static str, hunks: &'static [(usize, &'static str, &'static str)]) -> Template {
    Template { path, status: "modified", hunks, large: None }
}

const fn added(path: &'static str, hunks: &'static [(usize, &'static str, &'static str)]) -> Template {
    Template { path, status: "added", hunks, large: None }
}

const RUST: &[Template] = &[
    change(
        "src/{part}/mod.rs",
        &[
            (
                38,
                "impl {Part} {",
                "     pub fn refresh(&mut self, now: Instant) -> Result<Token> {\n-        let token = self.issue(now)?;\n+        let token = self.rotate(now)?;\n+        self.store.revoke(self.current)?;\n+        self.current = token.id;\n         Ok(token)\n     }",
            ),
            (
                91,
                "impl {Part} {",
                "     fn is_stale(&self, now: Instant) -> bool {\n-        self.issued + TTL < now\n+        // An entry that is just running out counts as stale: the next call would meet it expired.\n+        self.issued + TTL.saturating_sub(MARGIN) <= now\n     }",
            ),
        ],
    ),
    change(
        "src/{part}.rs",
        &[(
            112,
            "async fn call(&self, request: Request) -> Result<Response> {",
            "-    self.client.execute(request).await\n+    let mut wait = FIRST_WAIT;\n+    for _ in 0..TRIES {\n+        match self.client.execute(clone(&request)).await {\n+            Err(error) if error.is_transient() => sleep(jitter(wait)).await,\n+            other => return other,\n+        }\n+        wait = (wait * 2).min(LONGEST_WAIT);\n+    }\n+    self.client.execute(request).await\n }",
        )],
    ),
    change(
        "src/{part}/limits.rs",
        &[(
            14,
            "",
            " use std::time::Duration;\n \n-const CAPACITY: usize = usize::MAX;\n+/// Entries kept; the oldest goes first.\n+const CAPACITY: usize = 4_096;\n \n pub struct {Part} {\n-    entries: HashMap<Key, Entry>,\n+    entries: LruCache<Key, Entry>,\n }",
        )],
    ),
    change(
        "src/{part}/worker.rs",
        &[(
            57,
            "impl Worker {",
            "         while let Some(job) = self.queue.recv().await {\n-            let guard = self.state.read().await;\n-            if guard.seen(job.id) {\n+            let mut guard = self.state.write().await;\n+            if !guard.insert(job.id) {\n+                tracing::debug!(job = %job.id, \"seen before\");\n                 continue;\n             }\n-            drop(guard);\n             self.run(job).await?;",
        )],
    ),
    added(
        "tests/{part}.rs",
        &[(
            0,
            "",
            "+use {part}::{Part};\n+\n+#[test]\n+fn a_second_delivery_changes_nothing() {\n+    let mut sut = {Part}::default();\n+    let first = sut.apply(event(7));\n+    assert_eq!(sut.apply(event(7)), first);\n+}\n+\n+#[test]\n+fn expires_on_rotate() {\n+    let mut sut = {Part}::default();\n+    sut.rotate();\n+    assert!(sut.get(OLD).is_none());\n+}",
        )],
    ),
];

const SQL: &[Template] = &[
    added(
        "migrations/0047_{part}.sql",
        &[(
            0,
            "",
            "+ALTER TABLE {part} ADD COLUMN IF NOT EXISTS revoked_at timestamptz;\n+\n+-- Written in batches by the worker; a default here would rewrite the table.\n+CREATE INDEX CONCURRENTLY IF NOT EXISTS {part}_revoked_at\n+    ON {part} (revoked_at) WHERE revoked_at IS NOT NULL;",
        )],
    ),
    change(
        "migrations/0046_backfill.sql",
        &[(
            9,
            "",
            " UPDATE {part}\n-   SET account_id = user_id\n- WHERE account_id IS NULL;\n+   SET account_id = user_id\n+ WHERE account_id IS NULL\n+   AND id BETWEEN :low AND :high;",
        )],
    ),
];

const TYPESCRIPT: &[Template] = &[
    change(
        "src/{part}/index.tsx",
        &[(
            23,
            "export function {Part}({ items, onClose }: Props) {",
            "   const [open, setOpen] = useState(false);\n-  useEffect(() => { document.addEventListener('keydown', onKey); });\n+  useEffect(() => {\n+    document.addEventListener('keydown', onKey);\n+    return () => document.removeEventListener('keydown', onKey);\n+  }, [onKey]);\n \n-  if (!items) return null;\n+  if (items.length === 0) return <Empty reason=\"nothing-here\" />;\n   return (",
        )],
    ),
    change(
        "src/{part}/api.ts",
        &[
            (
                8,
                "",
                " const schema = z.object({\n   id: z.string().uuid(),\n-  total: z.number(),\n+  total: z.number().int().nonnegative(),\n+  currency: z.enum(['EUR', 'CHF', 'JPY', 'USD']),\n });\n",
            ),
            (
                41,
                "export async function load(id: string) {",
                "-  const response = await fetch(`/api/{part}/${id}`);\n+  const response = await fetch(`/api/{part}/${encodeURIComponent(id)}`, { signal: timeout(10_000) });\n+  if (response.status === 503) return retry(() => load(id));\n   return schema.parse(await response.json());",
            ),
        ],
    ),
    change(
        "src/styles/{part}.css",
        &[(
            1,
            "",
            " :root {\n-  --focus: #8ab4f8;\n+  --focus: light-dark(#0b57d0, #a8c7fa);\n+  --focus-width: 2px;\n }",
        )],
    ),
    added(
        "src/{part}/index.test.tsx",
        &[(
            0,
            "",
            "+import { render, screen } from '@testing-library/react';\n+import { {Part} } from '.';\n+\n+test('keeps the focus when it closes', async () => {\n+  render(<{Part} items={[]} onClose={() => {}} />);\n+  expect(screen.getByRole('button')).toHaveFocus();\n+});",
        )],
    ),
];

const INFRA: &[Template] = &[
    change(
        ".github/workflows/{part}.yml",
        &[(
            12,
            "jobs:",
            "   deploy:\n     runs-on: ubuntu-24.04\n-    timeout-minutes: 360\n+    timeout-minutes: 30\n+    concurrency:\n+      group: {part}-${{ github.ref }}\n+      cancel-in-progress: false\n     steps:\n-      - uses: actions/checkout@v5\n+      - uses: actions/checkout@v6\n+        with:\n+          persist-credentials: false",
        )],
    ),
    change(
        "modules/{part}/main.tf",
        &[(
            31,
            "resource \"aws_autoscaling_group\" \"{part}\" {",
            "-  max_size         = 12\n+  max_size         = 40\n   min_size         = 2\n+\n+  mixed_instances_policy {\n+    instances_distribution {\n+      on_demand_percentage_above_base_capacity = 20\n+    }\n+  }\n   lifecycle {",
        )],
    ),
    added(
        "alerts/{part}.yaml",
        &[(
            0,
            "",
            "+groups:\n+  - name: {part}\n+    rules:\n+      - alert: {Part}Stalled\n+        expr: rate({part}_done_total[10m]) == 0\n+        for: 15m\n+        labels: { severity: page }",
        )],
    ),
    change(
        "modules/{part}/variables.tf",
        &[(
            4,
            "variable \"retention_days\" {",
            "   type        = number\n-  default     = 7\n+  default     = 30\n   description = \"How long {part} keeps what it has.\"",
        )],
    ),
];

const DOCS: Template = change(
    "docs/{part}.md",
    &[(
        18,
        "",
        " ## When it is ill\n \n-Restart it.\n+1. Look at the queue's length first: over 10 000 it is the consumer, not us.\n+2. `replay --dry-run` tells what a restart would do twice.\n+3. Then restart it, one at a time.\n ",
    )],
);
const README: Template = change(
    "README.md",
    &[(
        27,
        "",
        " ## Quick start\n \n-Its recomended to start with one partition.\n+It is recommended to start with one partition.\n ",
    )],
);
const GENERATED: Template = Template {
    path: "testdata/{part}.golden.json",
    status: "modified",
    hunks: &[],
    large: Some((1_412, 968)),
};
const MOVED: Template =
    Template { path: "src/{part}/legacy.rs", status: "removed", hunks: &[], large: Some((0, 684)) };

const CARGO: &[Template] = &[
    change(
        "Cargo.toml",
        &[(
            21,
            "[dependencies]",
            " thiserror = \"2\"\n-{name} = \"{old}\"\n+{name} = \"{new}\"\n tracing = \"0.1\"",
        )],
    ),
    change(
        "Cargo.lock",
        &[(
            1_904,
            "dependencies = [",
            " [[package]]\n name = \"{name}\"\n-version = \"{old}\"\n+version = \"{new}\"\n source = \"registry+https://github.com/rust-lang/crates.io-index\"\n-checksum = \"9d3c1f0b7a52\"\n+checksum = \"e84b60aa21cf\"",
        )],
    ),
];
const PACKAGE_JSON: &[Template] = &[
    change(
        "package.json",
        &[(
            33,
            "\"dependencies\": {",
            "-    \"{name}\": \"^{old}\",\n+    \"{name}\": \"^{new}\",\n     \"zustand\": \"^5.0.8\"",
        )],
    ),
    Template { path: "pnpm-lock.yaml", status: "modified", hunks: &[], large: Some((212, 187)) },
];
const VERSIONS: &[Template] = &[change(
    "versions.yaml",
    &[(6, "", " pinned:\n-  {name}: \"{old}\"\n+  {name}: \"{new}\"\n   # see docs/upgrades.md")],
)];

/// What a pull request changes.
#[derive(Clone, Debug)]
pub(super) struct Changes(Vec<&'static Template>);

impl Changes {
    /// What fits the topic.
    pub(super) fn new(repo: usize, topic: &Topic, dice: &mut Dice) -> Self {
        let kind = REPOS[repo].kind;
        if topic.bump.is_some() {
            return Self(match kind {
                Kind::Rust => CARGO.iter().collect(),
                Kind::TypeScript => PACKAGE_JSON.iter().collect(),
                Kind::Infra => VERSIONS.iter().collect(),
            });
        }
        if topic.part == "readme" {
            return Self(vec![&README]);
        }
        let mut changes = Self(Vec::new());
        if topic.branch.starts_with("docs/") {
            changes.0.push(&DOCS);
            return changes;
        }
        for _ in 0..dice.between(1, 3) {
            changes.grow(repo, dice);
        }
        if kind == Kind::Rust && dice.percent(25) {
            changes.add(dice.pick(SQL));
        }
        if kind == Kind::Rust && topic.branch.starts_with("refactor/") {
            changes.add(&MOVED);
        }
        if dice.percent(12) {
            changes.add(&GENERATED);
        }
        if dice.percent(15) {
            changes.add(&DOCS);
        }
        changes
    }

    /// Another file, as pushes bring it.
    pub(super) fn grow(&mut self, repo: usize, dice: &mut Dice) {
        let pool = match REPOS[repo].kind {
            Kind::Rust => RUST,
            Kind::TypeScript => TYPESCRIPT,
            Kind::Infra => INFRA,
        };
        self.add(dice.pick(pool));
    }

    fn add(&mut self, template: &'static Template) {
        if !self.0.iter().any(|other| other.path == template.path) {
            self.0.push(template);
        }
    }

    /// Files, lines added, lines removed.
    pub(super) fn size(&self) -> (usize, usize, usize) {
        self.0.iter().fold((0, 0, 0), |(files, plus, minus), template| {
            let (added, removed) = template.lines();
            (files + 1, plus + added, minus + removed)
        })
    }

    /// As GitHub sends them.
    pub(super) fn json(&self, topic: &Topic) -> Value {
        self.0.iter().map(|template| template.json(topic)).collect()
    }
}

impl Template {
    fn lines(&self) -> (usize, usize) {
        self.large.unwrap_or_else(|| {
            let count = |sign| {
                self.hunks.iter().flat_map(|hunk| hunk.2.split('\n')).filter(|l| l.starts_with(sign)).count()
            };
            (count('+'), count('-'))
        })
    }

    fn json(&self, topic: &Topic) -> Value {
        let (added, removed) = self.lines();
        let mut file = json!({
            "filename": fill(self.path, topic),
            "status": self.status,
            "additions": added,
            "deletions": removed,
            "changes": added + removed,
        });
        // GitHub sends no patch for what is too large.
        if self.large.is_none() {
            file["patch"] = fill(&self.patch(), topic).into();
        }
        file
    }

    fn patch(&self) -> String {
        let mut shift = 0;
        let hunks = self.hunks.iter().map(|(first, context, body)| {
            let lines = || body.split('\n');
            let old = lines().filter(|line| !line.starts_with('+')).count();
            let new = lines().filter(|line| !line.starts_with('-')).count();
            let moved = if old == 0 { 1 } else { first + shift };
            shift = (shift + new).saturating_sub(old);
            format!("@@ -{first},{old} +{moved},{new} @@ {context}\n{body}").replace("@@ \n", "@@\n")
        });
        hunks.collect::<Vec<_>>().join("\n")
    }
}

fn fill(text: &str, topic: &Topic) -> String {
    let mut camel = String::new();
    for word in topic.part.split('_') {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    let text = text.replace("{part}", &topic.part).replace("{Part}", &camel);
    match &topic.bump {
        Some((name, old, new)) => text.replace("{name}", name).replace("{old}", old).replace("{new}", new),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic() -> Topic {
        Topic {
            title: String::new(),
            branch: String::new(),
            labels: Vec::new(),
            body: None,
            part: "audit_log".to_owned(),
            bump: Some(("tokio", "1.53".to_owned(), "1.54".to_owned())),
        }
    }

    #[test]
    fn nothing_is_left_to_be_filled_in() {
        let single = [&DOCS, &README, &GENERATED, &MOVED];
        let lists = [RUST, SQL, TYPESCRIPT, INFRA, CARGO, PACKAGE_JSON, VERSIONS];
        for template in lists.into_iter().flatten().chain(single) {
            let text = template.json(&topic()).to_string();
            for hole in ["{part}", "{Part}", "{name}", "{old}", "{new}"] {
                assert!(!text.contains(hole), "{hole} in {text}");
            }
        }
    }

    #[test]
    fn headers_count_their_lines() {
        let patch = fill(&RUST[0].patch(), &topic());
        assert!(patch.starts_with("@@ -38,4 +38,6 @@ impl AuditLog {\n"), "{patch}");
        assert!(patch.contains("\n@@ -91,3 +93,4 @@ impl AuditLog {\n"), "{patch}");
        assert!(SQL[0].patch().starts_with("@@ -0,0 +1,5 @@\n+ALTER"), "{}", SQL[0].patch());
    }
}
