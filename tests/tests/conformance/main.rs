//! What the controller relies on in an API server, asked of the fake and of a real one with the same assertions.
//!
//! Each case is a function of a [`Talk`]. The fake always answers; with the feature `apiserver` the cluster of
//! `KUBECONFIG` does, too. It needs a Job controller, and nodes that run pods whether or not containers are real.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::similar_names,
    reason = "a case that cannot go on has failed"
)]

mod cases;
mod talk;

use std::time::Duration;

use gene_tests::fake::{
    FakeCluster, Options,
    simulator::{Play, Script, Start},
};
use talk::Talk;

macro_rules! conformance {
    ($($module:ident :: $case:ident),* $(,)?) => {
        mod fake {
            $(#[tokio::test(start_paused = true)]
            async fn $case() {
                super::on_the_fake(async |talk| super::cases::$module::$case(talk).await).await;
            })*
        }

        #[cfg(feature = "apiserver")]
        mod apiserver {
            $(#[tokio::test]
            async fn $case() {
                super::on_a_cluster(async |talk| super::cases::$module::$case(talk).await).await;
            })*
        }
    };
}

conformance!(
    writes::a_created_object_is_completed,
    writes::a_taken_name_is_a_conflict,
    writes::names_are_generated,
    writes::what_does_not_exist_is_not_found,
    writes::a_job_with_a_long_name_is_refused,
    writes::a_template_of_a_job_cannot_change,
    writes::an_immutable_configmap_stays_as_it_is,
    writes::a_patch_of_a_stale_version_is_a_conflict,
    writes::a_merge_patch_changes_what_it_names,
    writes::a_patch_that_changes_nothing_makes_no_version,
    writes::a_replacement_needs_the_version,
    writes::the_status_and_the_rest_are_written_apart,
    writes::a_dry_run_stores_nothing,
    writes::the_schema_completes_and_prunes,
    writes::what_the_schema_does_not_allow_is_refused,
    reads::lists_come_in_pages,
    reads::lists_are_selected,
    reads::metadata_alone_can_be_asked_for,
    reads::a_path_or_verb_that_is_not_served_is_refused,
    watches::a_watch_continues_from_a_version,
    watches::a_watch_marks_its_progress,
    watches::a_watch_from_long_ago_is_expired,
    watches::what_leaves_the_selection_is_deleted_to_the_watcher,
    watches::a_watch_can_be_of_metadata_alone,
    deletes::a_deletion_for_another_uid_is_a_conflict,
    deletes::a_deletion_of_another_version_is_a_conflict,
    deletes::a_deletion_says_what_it_deleted,
    deletes::an_owner_takes_its_dependents_with_it,
    deletes::an_owner_in_the_foreground_goes_last,
    deletes::orphans_stay,
    deletes::a_dependent_of_nobody_is_collected,
    deletes::a_finalizer_holds_an_object,
    jobs::a_job_succeeds,
    jobs::a_watcher_sees_these_states,
    jobs::a_job_fails_with_its_pod,
    jobs::a_job_that_restarts_too_often_loses_its_pod,
    jobs::a_suspended_job_waits,
    jobs::a_job_exceeds_its_deadline,
    jobs::a_job_deleted_in_the_background_takes_its_pods,
    jobs::an_execution_takes_jobs_and_pods,
    others::a_lease_is_renewed_by_version,
    others::an_event_is_taken,
);

async fn on_the_fake(case: impl AsyncFn(&Talk)) {
    let script = Script::new(|attempt| {
        let selector = &attempt.pod["spec"]["nodeSelector"];
        if selector.get("kubegene.io/no-such-node").is_some() {
            return Play::blocked(Start::Unschedulable("0/1 nodes are available".into(), None));
        }
        Play::succeed(Duration::from_millis(10))
    });
    let fake = FakeCluster::start(Options { script: Some(script), ..Options::default() });
    on(fake.client("conformance"), case).await;
}

#[cfg(feature = "apiserver")]
async fn on_a_cluster(case: impl AsyncFn(&Talk)) {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = kube::Client::try_default().await.expect("KUBECONFIG names a cluster");
    talk::install_definition(&client).await;
    on(client, case).await;
}

async fn on(client: kube::Client, case: impl AsyncFn(&Talk)) {
    let namespace =
        gene_tests::namespace::TempNamespace::create(client.clone(), "conformance").await.unwrap();
    case(&Talk::new(client, &namespace.name)).await;
    namespace.delete().await.unwrap();
}
