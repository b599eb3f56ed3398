//! The product from its first install to its last trace, on a cluster of its own with real containers: what
//! docs/install.md promises an admin.
//!
//! All of it is one test, since each part finds the cluster as the one before has left it. The cluster of `KUBECONFIG` must
//! run on this machine and have what "cargo xtask cluster load-image" loads; whatever is installed there is removed first.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed, and says what it has measured"
)]

#[path = "../cluster/fixture.rs"]
#[allow(dead_code, reason = "the tests of the installed product need more of it")]
mod fixture;

mod disruptions;
mod fresh;
mod load;
mod namespaced;
mod product;
mod refusals;
mod removal;
mod unasked;

use std::time::Instant;

#[test]
fn an_admin_installs_upgrades_rotates_and_removes_it() {
    product::remove_whatever_is_there();
    let before = removal::inventory();
    for (what, part) in [
        ("installed on an empty cluster", &fresh::is_ready_soon as &dyn Fn()),
        ("refused", &refusals::every_file_is_refused_as_documented),
        ("only who may create Jobs", &refusals::only_who_may_create_jobs),
        ("upgraded and rotated under load", &disruptions::nothing_is_lost_or_refused_meanwhile),
        ("replicas killed", &disruptions::a_killed_replica_is_missed_for_moments),
        ("nobody answers", &unasked::without_a_webhook_no_execution_is_admitted),
        ("nobody is asked", &unasked::what_slipped_in_harms_only_itself),
        ("removed but for the Executions", &removal::executions_can_be_kept),
        ("removed", &|| removal::nothing_is_left(&before)),
        ("in one namespace", &namespaced::works_and_goes),
        ("removed from there", &|| removal::nothing_more_than(&before)),
    ] {
        let begun = Instant::now();
        part();
        eprintln!("{what}: {:.1} s", begun.elapsed().as_secs_f64());
    }
}
