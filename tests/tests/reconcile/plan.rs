//! What people ask of Executions while those run, and what may come of it.

use std::time::Duration;

use gene_tests::resources;
use gene_types::v1alpha1::{ExecutionStatus, status::phase};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::world::World;

/// What somebody asks of one Execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Nothing,
    /// Suspends it, and resumes it.
    Rest,
    /// Gives it so many seconds.
    Bound(u32),
    /// Cancels it.
    Cancel,
    /// Cancels it, and tries it again, before that is done or after.
    Again,
    /// Tries again what failed, while the rest runs or when it has ended.
    Retry,
}

impl Plan {
    pub fn draw(rng: &mut fastrand::Rng) -> Self {
        match rng.u8(..12) {
            0 | 1 => Self::Rest,
            2 => Self::Bound(rng.u32(3..40)),
            3 => Self::Cancel,
            4 => Self::Again,
            5 => Self::Retry,
            _ => Self::Nothing,
        }
    }

    /// The spec with which it is created.
    pub fn spec(self, mut spec: Value) -> Value {
        if let Self::Bound(seconds) = self {
            spec["activeDeadlineSeconds"] = seconds.into();
        }
        spec
    }

    /// Whether all comes as it would have come without it, only later.
    pub fn changes_nothing(self) -> bool {
        matches!(self, Self::Nothing | Self::Rest)
    }

    /// What does not fit the end that it would have had.
    pub fn is_broken_by(self, status: &ExecutionStatus, untroubled: &ExecutionStatus) -> Option<String> {
        let must_succeed = matches!(self, Self::Again | Self::Retry) && untroubled.phase == phase::SUCCEEDED;
        let is_broken = status.phase == phase::ERROR || (must_succeed && status.phase != phase::SUCCEEDED);
        is_broken.then(|| format!("{self:?} came to {}: {}", status.phase, status.message))
    }

    /// Does it, at times of its own.
    pub async fn carry_out(self, world: &World, name: &str, mut rng: fastrand::Rng) {
        let mut pause = async |most| sleep(Duration::from_millis(rng.u64(..most))).await;
        match self {
            Self::Nothing | Self::Bound(_) => {}
            Self::Rest => {
                pause(8_000).await;
                change(world, name, json!({"suspend": true})).await;
                pause(20_000).await;
                change(world, name, json!({"suspend": false})).await;
            }
            Self::Cancel => {
                pause(15_000).await;
                change(world, name, json!({"cancel": true})).await;
            }
            Self::Again => {
                pause(15_000).await;
                change(world, name, json!({"cancel": true})).await;
                pause(20_000).await;
                change(world, name, json!({"cancel": false, "retryGeneration": 1})).await;
            }
            Self::Retry => {
                pause(40_000).await;
                change(world, name, json!({"retryGeneration": 1})).await;
            }
        }
    }
}

/// Changes the spec of an Execution, where it is not being made again just now.
async fn change(world: &World, name: &str, spec: Value) {
    let api = resources::executions(&world.fake.client("user"), "default");
    match api.patch(name, &PatchParams::default(), &Patch::Merge(json!({"spec": spec}))).await {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.code == 404 => {}
        Err(error) => panic!("{error}"),
    }
}
