//! The cases: what is run, and which figures come of it.

mod chain;
mod fairness;
mod gatk;
mod independent;
mod large;
mod load;
mod plugin;

use anyhow::Result;
use clap::ValueEnum;

use super::{cluster::Cluster, floor, ours, report::Report, shape};

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Case {
    /// 1,000 independent vertices beside the floor; then the plugin on what they have left
    Independent,
    /// The shape of a run with GATK beside the floor, by both ways to start children
    Gatk,
    /// From a Job's event to its child's create under full load: 500 vertices and 500 that wait for one each
    Load,
    /// 5,000 vertices: what one costs in CPU and memory
    Large,
    /// 300 Executions of one vertex beside one of 5,000
    Fairness,
    /// A chain of 20, by both ways to start children; from a Job's event to its child's create on a quiet cluster
    Chain,
}

impl Case {
    /// All, those of throughput first.
    pub fn all() -> Vec<Self> {
        Self::value_variants().to_vec()
    }

    /// Measures it.
    pub async fn measure(self, cluster: &Cluster, runs: usize, report: &mut Report) -> Result<()> {
        match self {
            Self::Independent => independent::measure(cluster, runs, report).await,
            Self::Gatk => gatk::measure(cluster, runs, report).await,
            Self::Load => load::measure(cluster, report).await,
            Self::Large => large::measure(cluster, report).await,
            Self::Fairness => fairness::measure(cluster, report).await,
            Self::Chain => chain::measure(cluster, runs, report).await,
        }
    }
}

/// How many times as many Jobs a second as the floor.
fn against_floor(floor: &floor::Floor, ours: &ours::Ours) -> f64 {
    floor.seconds / ours.seconds
}
