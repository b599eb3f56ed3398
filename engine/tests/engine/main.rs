//! The engine in a world of its own: Jobs that do what a test says, told in any order, twice or late.

mod dynamic;
mod ending;
mod generate;
mod oracle;
mod order;
mod properties;
mod restart;
mod skipping;
mod status;
mod world;
