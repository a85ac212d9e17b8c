//! The files themselves, and what is done to them.

use super::Template;

const fn change(path: &'static str, hunks: &'static [(usize, &'static str, &'static str)]) -> Template {
    Template { path, status: "modified", hunks, large: None }
}

const fn added(path: &'static str, hunks: &'static [(usize, &'static str, &'static str)]) -> Template {
    Template { path, status: "added", hunks, large: None }
}

pub(super) const RUST: &[Template] = &[
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
    added(
        "src/{part}/store.rs",
        &[(
            0,
            "",
            "+//! What {part} keeps between two calls, and for how long.\n\
             +\n\
             +use std::{collections::BTreeMap, time::Duration};\n\
             +\n\
             +use tokio::time::Instant;\n\
             +\n\
             +use crate::error::Error;\n\
             +\n\
             +/// How long an entry is good.\n\
             +const TTL: Duration = Duration::from_secs(900);\n\
             +\n\
             +#[derive(Debug, Default)]\n\
             +pub struct {Part}Store {\n\
             +    entries: BTreeMap<Key, Entry>,\n\
             +    bytes: usize,\n\
             +}\n\
             +\n\
             +impl {Part}Store {\n\
             +    pub fn get(&self, key: &Key, now: Instant) -> Option<&[u8]> {\n\
             +        let entry = self.entries.get(key)?;\n\
             +        (now - entry.since < TTL).then_some(&*entry.value)\n\
             +    }\n\
             +\n\
             +    pub fn put(&mut self, key: Key, value: Box<[u8]>, now: Instant) -> Result<(), Error> {\n\
             +        if value.len() > LARGEST {\n\
             +            return Err(Error::TooLarge { is: value.len(), at_most: LARGEST });\n\
             +        }\n\
             +        self.make_room(value.len());\n\
             +        self.bytes += value.len();\n\
             +        if let Some(old) = self.entries.insert(key, Entry { value, since: now }) {\n\
             +            self.bytes -= old.value.len();\n\
             +        }\n\
             +        Ok(())\n\
             +    }\n\
             +\n\
             +    fn make_room(&mut self, wanted: usize) {\n\
             +        while self.bytes + wanted > CAPACITY {\n\
             +            let Some((_, oldest)) = self.entries.pop_first() else { return };\n\
             +            self.bytes -= oldest.value.len();\n\
             +        }\n\
             +    }\n\
             +}",
        )],
    ),
];

pub(super) const SQL: &[Template] = &[
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

pub(super) const TYPESCRIPT: &[Template] = &[
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
    added(
        "src/{part}/Field.tsx",
        &[(
            0,
            "",
            "+import { useCallback, useEffect, useId, useState } from 'react';\n\
             +\n\
             +import { useMessages } from '../messages';\n\
             +import { track } from '../telemetry';\n\
             +import styles from './{part}.module.css';\n\
             +\n\
             +type Props = {\n\
             +  label: string;\n\
             +  value: string | null;\n\
             +  onChange: (value: string | null) => void;\n\
             +};\n\
             +\n\
             +export function {Part}Field({ label, value, onChange }: Props) {\n\
             +  const id = useId();\n\
             +  const [draft, setDraft] = useState(value ?? '');\n\
             +  const messages = useMessages('{part}');\n\
             +\n\
             +  useEffect(() => setDraft(value ?? ''), [value]);\n\
             +\n\
             +  const commit = useCallback(() => {\n\
             +    const text = draft.trim();\n\
             +    if (text === (value ?? '')) return;\n\
             +    track('{part}.changed', { length: text.length });\n\
             +    onChange(text === '' ? null : text);\n\
             +  }, [draft, value, onChange]);\n\
             +\n\
             +  return (\n\
             +    <div className={styles.field}>\n\
             +      <label htmlFor={id}>{label}</label>\n\
             +      <input id={id} value={draft} aria-describedby={`${id}-hint`} onBlur={commit} />\n\
             +      <small id={`${id}-hint`}>{messages.hint}</small>\n\
             +    </div>\n\
             +  );\n\
             +}",
        )],
    ),
];

pub(super) const INFRA: &[Template] = &[
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

pub(super) const DOCS: Template = change(
    "docs/{part}.md",
    &[(
        18,
        "",
        " ## When it is ill\n \n-Restart it.\n+1. Look at the queue's length first: over 10 000 it is the consumer, not us.\n+2. `replay --dry-run` tells what a restart would do twice.\n+3. Then restart it, one at a time.\n ",
    )],
);
pub(super) const README: Template = change(
    "README.md",
    &[(
        27,
        "",
        " ## Quick start\n \n-Its recomended to start with one partition.\n+It is recommended to start with one partition.\n ",
    )],
);
pub(super) const GENERATED: Template = Template {
    path: "testdata/{part}.golden.json",
    status: "modified",
    hunks: &[],
    large: Some((1_412, 968)),
};
pub(super) const MOVED: Template =
    Template { path: "src/{part}/legacy.rs", status: "removed", hunks: &[], large: Some((0, 684)) };

pub(super) const CARGO: &[Template] = &[
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
pub(super) const PACKAGE_JSON: &[Template] = &[
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
pub(super) const VERSIONS: &[Template] = &[change(
    "versions.yaml",
    &[(6, "", " pinned:\n-  {name}: \"{old}\"\n+  {name}: \"{new}\"\n   # see docs/upgrades.md")],
)];
