//! One task or step: the template that it uses, over all its items.

use std::sync::Arc;

use gene_types::field::{FieldErrorKind, FieldPath, shorten};
use serde_json::Value;

use super::{
    super::{
        budget::{Kind, Stop, weight},
        condition::{self, Truth},
        container::{self, Container},
        items,
        layout::{Before, Done, Fate, Mode, Unit, Wait},
        parameters,
        reading::Object,
        scope::{Parameters, Scope},
        words::{self, Form},
    },
    Expansion, Siblings, Site, Template,
};

/// Whether a round of a task runs.
enum Asked {
    /// It does.
    Nothing,
    /// If this unit printed this.
    Printed(usize, String),
    /// It does not, or what is wrong has been noted.
    Never,
}

/// One use of a template that runs a container.
struct Use {
    /// The number of its item.
    number: usize,
    container: Container,
    check: Option<(usize, String)>,
}

/// A task at hand.
struct At<'t> {
    id: &'t str,
    order: &'t [usize],
    before: &'t Before,
}

impl<'a> Expansion<'a, '_> {
    /// Lays out a task or step. `site` is where it stands; what it waits for is `before`.
    pub(super) fn task(
        &mut self,
        task: &Object<'a>,
        name: &str,
        inputs: &Parameters,
        before: Before,
        siblings: &Siblings<'a>,
        site: &Site,
    ) -> Result<Done, Stop> {
        let done = |fate: Fate, before: Before| Done {
            fate,
            waits: before.waits,
            may_skip: false,
            may_omit: before.may_omit,
            single: None,
        };
        self.budget.take(Kind::Uses, 1, &task.path, self.notes)?;
        if before.is_omitted {
            self.left_out(task, name, Fate::Omitted);
            return Ok(done(Fate::Omitted, before));
        }
        let globals = Arc::clone(&self.globals);
        let scope = Scope { globals: &globals, inputs, item: None };
        let loop_items = items::of(task, &scope, &mut self.budget, self.notes)?;
        let is_loop = loop_items.is_some();
        let rounds: Vec<Option<Value>> = match loop_items {
            Some(items) => items.into_iter().map(Some).collect(),
            None => vec![None],
        };
        let has_items = !rounds.is_empty();
        let id = format!("{}{name}", site.prefix);
        let mut uses = Vec::new();
        let mut nested = Vec::new();
        let mut runs = false;
        for (number, item) in rounds.iter().enumerate() {
            self.budget.take(Kind::Uses, 1, &task.path, self.notes)?;
            let again = weight(task.map) + before.waits.len() as u64;
            self.budget.take(Kind::Text, again, &task.path, self.notes)?;
            let scope = Scope { globals: &globals, inputs, item: item.as_ref() };
            let check = match self.condition(task, &scope, &before, siblings) {
                Asked::Nothing => None,
                Asked::Printed(unit, text) => Some((unit, text)),
                Asked::Never => continue,
            };
            runs = true;
            let Some(template) = self.template_of(task, &scope)? else { continue };
            let passed = parameters::passed(task, &scope, &mut self.budget, self.notes)?;
            let by = if task.get("arguments").is_some() { task.at("arguments") } else { task.path.clone() };
            let inputs = self.taken(&template, passed, &by, item.as_ref())?;
            if let ["dag" | "steps"] = *template.body() {
                if check.is_some() || before.may_omit {
                    self.whole_region_may_not_run(task, check.is_some());
                    continue;
                }
                let prefix = if is_loop { format!("{id}.{number}.") } else { format!("{id}.") };
                let mut order = site.order.clone();
                order.push(number);
                let inside = Site { prefix, order, waits: before.waits.clone() };
                nested.extend(self.region(&template, &inputs, &inside)?);
            } else if let Some(container) = self.container(&template, &inputs, item.as_ref())? {
                uses.push(Use { number, container, check });
            }
        }
        if !runs && !self.notes.has_errors() {
            self.left_out(task, name, Fate::Skipped);
        }
        if !has_items || (!runs && !is_loop) {
            return Ok(done(Fate::Skipped, before));
        }
        let may_skip = !is_loop && uses.iter().any(|one| one.check.is_some());
        let at = At { id: &id, order: &site.order, before: &before };
        let own = self.units(uses, is_loop, &at)?;
        if own.is_empty() && nested.is_empty() {
            return Ok(done(Fate::Runs, before));
        }
        let is_asked = |unit: &usize| self.leaves.get(*unit).is_some_and(|unit| unit.check.is_some());
        if is_loop && before.may_omit && own.iter().any(is_asked) {
            let message =
                "a repeated task may be left out for two reasons, which would have to be told apart";
            let help = "give it either a condition, or something to wait for that may be left out";
            self.notes.error(&task.path, FieldErrorKind::NotSupported, message, help);
        }
        let mode = |unit: &usize| if is_loop && is_asked(unit) { Mode::Ignore } else { Mode::Never };
        let mut waits: Vec<Wait> = own.iter().map(|unit| Wait { unit: *unit, mode: mode(unit) }).collect();
        waits.extend(nested);
        let single = match *own {
            [unit] if !is_loop => Some(unit),
            _ => None,
        };
        Ok(Done { fate: Fate::Runs, waits, may_skip, may_omit: before.may_omit, single })
    }

    /// A Workflow that begins with a container.
    pub(super) fn alone(&mut self, template: &Template<'a>, inputs: &Parameters) -> Result<Vec<usize>, Stop> {
        let Some(container) = self.container(template, inputs, None)? else { return Ok(Vec::new()) };
        let uses = vec![Use { number: 0, container, check: None }];
        let before = Before::default();
        self.units(uses, false, &At { id: template.name(), order: &[], before: &before })
    }

    /// Whether a round runs, and what it asks first.
    fn condition(
        &mut self,
        task: &Object<'a>,
        scope: &Scope<'_>,
        before: &Before,
        siblings: &Siblings<'a>,
    ) -> Asked {
        let Some(when) = task.text("when", self.notes).filter(|when| !when.trim().is_empty()) else {
            return Asked::Nothing;
        };
        let path = task.at("when");
        let refusal = match condition::decide(when, scope) {
            Ok(Truth::Known(true)) => return Asked::Nothing,
            Ok(Truth::Known(false)) => return Asked::Never,
            Ok(Truth::Printed { task: source, text }) => match source_of(&source, before, siblings) {
                Ok(unit) => {
                    let message = "what a task prints is here standard output and standard error together";
                    let help = format!(
                        "see that \"{}\" prints nothing but its result: send the rest to /dev/null",
                        shorten(&source)
                    );
                    self.notes.warn(&path, message, help);
                    return Asked::Printed(unit, text);
                }
                Err(reason) => reason,
            },
            Err(reason) => reason,
        };
        let help = "put the test into the command: if …; then …; fi";
        let message = format!("this condition cannot be carried over: {refusal}");
        self.notes.error(&path, FieldErrorKind::NotSupported, message, help);
        Asked::Never
    }

    fn whole_region_may_not_run(&mut self, task: &Object<'a>, is_asked: bool) {
        let (key, why) = if is_asked {
            ("when", "it asks what a task printed")
        } else {
            ("depends", "what it waits for may be left out")
        };
        let message = format!("whether all of a dag or of steps runs cannot be decided as it runs: {why}");
        let help = "write its tasks into this template, each with its own condition";
        self.notes.error(&task.at(key), FieldErrorKind::NotSupported, message, help);
    }

    fn container(
        &mut self,
        template: &Template<'a>,
        inputs: &Parameters,
        item: Option<&Value>,
    ) -> Result<Option<Container>, Stop> {
        let [key @ ("container" | "script")] = *template.body() else { return Ok(None) };
        let scope = Scope { globals: &self.globals, inputs, item };
        container::read(&template.object, key, &self.workflow.spec, &scope, &mut self.budget, self.notes)
    }

    /// The units of the rounds of one task: one, where only the command differs.
    fn units(&mut self, uses: Vec<Use>, is_loop: bool, at: &At<'_>) -> Result<Vec<usize>, Stop> {
        let Some(first) = uses.first() else { return Ok(Vec::new()) };
        let is_one = uses.iter().all(|one| {
            one.check == first.check
                && one.container.path == first.container.path
                && one.container.body == first.container.body
        });
        let forms: Vec<&Form> = uses.iter().map(|one| &one.container.form).collect();
        if let Some(commands) = words::together(&forms).filter(|_| is_one) {
            let unit = Unit {
                id: at.id.to_owned(),
                order: at.order.to_vec(),
                path: first.container.path.clone(),
                body: first.container.body.clone(),
                commands,
                waits: at.before.waits.clone(),
                check: first.check.clone(),
                may_omit: at.before.may_omit,
            };
            return Ok(vec![self.push(unit)?]);
        }
        let mut units = Vec::with_capacity(uses.len());
        for one in uses {
            let Some(commands) = words::together(&[&one.container.form]) else { continue };
            let mut order = at.order.to_vec();
            order.push(one.number);
            units.push(self.push(Unit {
                id: if is_loop { format!("{}.{}", at.id, one.number) } else { at.id.to_owned() },
                order,
                path: one.container.path,
                body: one.container.body,
                commands,
                waits: at.before.waits.clone(),
                check: one.check,
                may_omit: at.before.may_omit,
            })?);
        }
        Ok(units)
    }

    fn push(&mut self, unit: Unit) -> Result<usize, Stop> {
        let path: &FieldPath = &unit.path;
        self.budget.take(Kind::Tasks, 1, path, self.notes)?;
        self.budget.take(Kind::Commands, unit.commands.lines.len() as u64, path, self.notes)?;
        self.budget.take(Kind::Dependencies, unit.waits.len() as u64, path, self.notes)?;
        if unit.commands.needs_a_shell {
            let message = "its words become one line for sh, which the image has to have";
            let help = "let only the last word differ from item to item, and have at least two";
            self.notes.warn(path, message, help);
        }
        self.leaves.push(unit);
        Ok(self.leaves.len() - 1)
    }
}

/// The unit whose output a condition asks for, if an Execution's condition can.
fn source_of(name: &str, before: &Before, siblings: &Siblings<'_>) -> Result<usize, String> {
    let shown = shorten(name);
    let done = siblings.get(name).ok_or_else(|| format!("no task before it is called \"{shown}\""))?;
    let unit = done.single.ok_or_else(|| format!("\"{shown}\" is not one single command"))?;
    match *before.waits {
        [Wait { unit: only, mode }] if only == unit && mode != Mode::Ignore => Ok(unit),
        [Wait { unit: only, .. }] if only == unit => Err(format!("\"{shown}\" may be left out itself")),
        _ => Err(format!("a task that asks what \"{shown}\" printed can wait for that task alone")),
    }
}
