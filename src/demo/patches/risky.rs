//! Changes that somebody should look at: each is about one thing that the risk model knows.

use super::Template;

pub(super) const RUST: &[Template] = &[
    Template {
        path: "src/{part}/mapped.rs",
        status: "modified",
        hunks: &[(
            64,
            "impl Segment {",
            "     pub fn record(&self, at: usize) -> Option<Record<'_>> {\n-        let bytes = self.bytes.get(at..at + Record::SIZE)?;\n-        Record::parse(bytes).ok()\n+        let end = at.checked_add(Record::SIZE)?;\n+        if end > self.len {\n+            return None;\n+        }\n+        // The file is mapped for as long as the segment lives, and no record crosses its end.\n+        let bytes = unsafe { std::slice::from_raw_parts(self.start.add(at), Record::SIZE) };\n+        Some(unsafe { Record::from_bytes_unchecked(bytes) })\n     }",
        )],
        large: None,
    },
    Template {
        path: "src/{part}/client.rs",
        status: "modified",
        hunks: &[(
            31,
            "impl Client {",
            "     /// Sends one request and waits for the answer.\n-    pub async fn send(&self, request: Request) -> Result<Response, Error> {\n-        self.send_with(request, Options::default()).await\n-    }\n-\n-    pub async fn send_with(&self, request: Request, options: Options) -> Result<Response, Error> {\n+    pub async fn send(&self, request: Request, deadline: Instant) -> Result<Response, Error> {\n+        if deadline <= Instant::now() {\n+            return Err(Error::TooLate);\n+        }\n         let mut stream = self.pool.take().await?;",
        )],
        large: None,
    },
    Template { path: "src/{part}/planner.rs", status: "modified", hunks: &[], large: Some((613, 148)) },
    Template {
        path: "tests/{part}_replay.rs",
        status: "removed",
        hunks: &[(
            1,
            "",
            "-use {part}::replay;\n-\n-#[test]\n-fn a_replay_ends_where_the_original_did() {\n-    let end = replay(LOG).expect(\"a whole log\");\n-    assert_eq!(end, ORIGINAL);\n-}",
        )],
        large: None,
    },
];

pub(super) const TYPESCRIPT: &[Template] = &[
    Template {
        path: "src/{part}/preview.ts",
        status: "modified",
        hunks: &[(
            18,
            "export function preview(target: HTMLElement, note: Note) {",
            "   const title = note.title ?? 'Untitled';\n-  target.textContent = title;\n+  if (note.html && note.trusted) {\n+    target.innerHTML = note.html;\n+  } else {\n+    target.textContent = title;\n+  }\n   target.dataset.id = note.id;",
        )],
        large: None,
    },
    Template {
        path: "src/{part}/session.ts",
        status: "modified",
        hunks: &[(
            52,
            "export async function renew(session: Session): Promise<Session> {",
            "-  const next = await api.renew(session.id);\n+  if (session.expires - Date.now() > MARGIN) return session;\n+  const next = await retry(() => api.renew(session.id), { times: 3 });\n+  if (!next || next.user !== session.user) throw new SessionLost(session.id);\n   store.set(next);\n   return next;",
        )],
        large: None,
    },
    Template {
        path: "src/{part}/config.ts",
        status: "modified",
        hunks: &[(
            7,
            "export const config = {",
            "   endpoint: env('ENDPOINT', 'https://api.example.com'),\n-  accessKey: env('ACCESS_KEY'),\n+  // For the staging run, goes again before the merge.\n+  accessKey: env('ACCESS_KEY', 'AKIAIOSFODNN7EXAMPLE'),\n   timeout: 10_000,",
        )],
        large: None,
    },
];

pub(super) const INFRA: &[Template] = &[Template {
    path: "deploy/{part}/migrate.sh",
    status: "modified",
    hunks: &[(
        11,
        "",
        " set -euo pipefail\n \n-kubectl exec deploy/{part} -- ./migrate --plan\n+for shard in $(kubectl get pods -l app={part} -o name); do\n+  if ! kubectl exec \"$shard\" -- ./migrate --apply --timeout 600; then\n+    echo \"$shard failed; the others are not touched\" >&2\n+    exit 1\n+  fi\n+done",
    )],
    large: None,
}];
