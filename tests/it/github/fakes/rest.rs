//! What REST answers.

use flowlens::github::payload::{FilePage, files_heads};
use serde_json::json;

use super::{client, full, start};
use crate::github::{fake::world::file, schema::check_rest};

#[tokio::test]
async fn files_come_in_pages_and_tell_their_head() {
    let mut world = full();
    world.change(0, 1, |pull| pull.files = (0..250).map(|n| file(&format!("src/{n}.rs"))).collect());
    world.rename(0, "acme/app");
    let fake = start(world);
    let client = client(&fake);
    let head = fake.world().repositories[0].pulls[&1].head.clone();
    let mut next = Some(client.address("repos/acme/api/pulls/1/files?per_page=100").expect("a URL"));
    let (mut files, mut moved) = (0, Vec::new());
    while let Some(url) = next {
        let page = client.page::<FilePage>(&url, "x").await.expect("a page");
        files += page.content.len();
        moved.push(page.moved.is_some());
        assert!(files_heads(&page.content).all(|told| told == head));
        assert!(files_heads(&page.content).next().is_some());
        next = page.next;
    }
    assert_eq!((files, moved), (250, vec![true, false, false]));
    // One that is removed tells another head, and one without an address none.
    let removed = json!({"status": "removed", "contents_url": "https://api.github.test/contents/y?ref=abc"});
    assert_eq!(files_heads(&vec![removed, json!({"filename": "x"})]).count(), 0);
}

#[test]
fn rest_answers_as_github_describes_it() {
    let fake = start(full());
    fake.world().add_hook("acme/api", "https://a.test/webhook");
    fake.world().deliver(0, "a", 202);
    let id = fake.world().hooks.list[0].id;
    let deliveries = format!("/api/v3/repos/acme/api/hooks/{id}/deliveries");
    for (path, here) in [
        ("/repos/{owner}/{repo}/hooks", "/api/v3/repos/acme/api/hooks"),
        ("/repos/{owner}/{repo}/hooks/{hook_id}/deliveries", deliveries.as_str()),
        ("/repos/{owner}/{repo}", "/api/v3/repos/acme/api"),
        ("/repos/{owner}/{repo}/pulls/{pull_number}/files", "/api/v3/repos/acme/api/pulls/1/files"),
        (
            "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers",
            "/api/v3/repos/acme/api/pulls/1/requested_reviewers",
        ),
        ("/orgs/{org}/repos", "/api/v3/orgs/acme/repos"),
    ] {
        let answer = fake.rest(here);
        assert_eq!(check_rest(path, &answer), Ok(()), "{answer}");
        assert!(
            check_rest(path, &json!([{"id": "x"}])).is_err()
                && check_rest(path, &json!({"id": "x"})).is_err()
        );
    }
}
