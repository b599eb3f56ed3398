//! From a Job's event to its child's create while the cluster has all that it can do.

use anyhow::Result;

use super::{Cluster, Report, ours, shape};

const WIDTH: usize = 500;

pub(super) async fn measure(cluster: &Cluster, report: &mut Report) -> Result<()> {
    let ours = ours::run(cluster, &shape::pairs("pairs", WIDTH)).await?;
    let words = ours.event_to_create.words();
    report.add("Job event decoded → child's create sent, under full load", words, "reported");
    Ok(())
}
