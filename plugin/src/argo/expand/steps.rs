//! `steps`: groups, each of which waits for all of the one before.

use std::collections::HashSet;

use gene_types::field::FieldErrorKind;
use serde_json::Value;

use super::{
    super::{
        budget::{Kind, Stop},
        known,
        layout::{Before, Wait, over},
        reading::Object,
        scope::Parameters,
        survey,
    },
    Expansion, Siblings, Site,
};

impl<'a> Expansion<'a, '_> {
    /// Lays out steps.
    pub(super) fn steps(
        &mut self,
        template: &Object<'a>,
        inputs: &Parameters,
        site: &Site,
    ) -> Result<Vec<Wait>, Stop> {
        let mut siblings = Siblings::new();
        let mut waits = site.waits.clone();
        for (position, (group, path)) in template.list("steps", self.notes).into_iter().enumerate() {
            let members = match group {
                Value::Array(members) => members.iter().collect(),
                // As Argo reads it too: a group of one.
                other => vec![other],
            };
            let mut dones = Vec::with_capacity(members.len());
            let mut names = HashSet::new();
            for (number, member) in members.into_iter().enumerate() {
                let path = if group.is_array() { path.index(number) } else { path.clone() };
                let Some(step) = Object::of(member, path, self.notes) else { continue };
                survey::check(&step, &known::TASK, self.notes);
                for key in ["depends", "dependencies"] {
                    if step.get(key).is_some() {
                        let help = "a step waits for the groups before it; make the template a dag";
                        let message = format!("{key} stands in a step");
                        self.notes.error(&step.at(key), FieldErrorKind::Forbidden, message, help);
                    }
                }
                let Some(name) = self.name_of(&step, &siblings) else { continue };
                if !names.insert(name) {
                    self.twice(&step, name);
                    continue;
                }
                self.budget.take(Kind::Text, waits.len() as u64, &step.path, self.notes)?;
                let mut order = site.order.clone();
                order.extend([position, number]);
                let before = Before { waits: waits.clone(), ..Default::default() };
                let at = Site { prefix: site.prefix.clone(), order, waits: Vec::new() };
                let done = self.task(&step, name, inputs, before, &siblings, &at)?;
                dones.push((name, done));
            }
            if !dones.is_empty() {
                waits = over(dones.iter().map(|(_, done)| done), &self.leaves);
                let amount = waits.len() as u64;
                self.budget.take(Kind::Dependencies, amount, &path, self.notes)?;
            }
            siblings.extend(dones);
        }
        Ok(waits)
    }
}
