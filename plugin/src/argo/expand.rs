//! From templates to units: each use of a template is laid out where it is used.

mod dag;
mod steps;
mod uses;
mod whole;

use std::{collections::HashMap, sync::Arc};

use gene_types::field::{FieldErrorKind, FieldPath, shorten};
use serde_json::{Map, Value};

use super::{
    budget::{Budget, Kind, MAX_NESTING, Stop, weight},
    document::{Workflow, names},
    known,
    layout::{Done, Unit, Wait},
    notes::Notes,
    parameters,
    reading::{Object, is_nothing},
    scope::{Globals, Parameters, Scope},
    survey, text,
};

/// A Workflow that is being laid out.
#[derive(Debug)]
pub struct Expansion<'a, 'n> {
    workflow: &'a Workflow<'a>,
    globals: Arc<Globals>,
    budget: Budget,
    notes: &'n mut Notes,
    /// Which templates were come to.
    is_reached: Vec<bool>,
    /// The templates around the one at hand.
    around: Vec<Around<'a>>,
    /// The units so far.
    pub leaves: Vec<Unit>,
    /// Fields of the Execution's `spec` that come from templates or need placeholders.
    pub spec: Map<String, Value>,
}

#[derive(Clone, Copy, Debug)]
struct Around<'a> {
    name: &'a str,
    position: Option<usize>,
}

/// Where a template is used.
#[derive(Clone, Debug, Default)]
struct Site {
    /// The names on the way here, with a point at the end where there are any.
    prefix: String,
    /// The place in the order of the file.
    order: Vec<usize>,
    /// What everything here waits for.
    waits: Vec<Wait>,
}

/// A template, and its position where it is one of the file's own.
#[derive(Clone, Debug)]
struct Template<'a> {
    object: Object<'a>,
    position: Option<usize>,
}

impl<'a> Template<'a> {
    fn name(&self) -> &'a str {
        self.object.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// What it consists of.
    fn body(&self) -> Vec<&'static str> {
        let bodies = ["container", "script", "dag", "steps"];
        bodies.into_iter().filter(|key| self.object.get(key).is_some()).collect()
    }
}

/// What a template of a container says of its pod, and one of others says of nothing.
const OF_CONTAINERS: [&str; 11] = [
    "nodeSelector",
    "tolerations",
    "affinity",
    "serviceAccountName",
    "metadata",
    "volumes",
    "schedulerName",
    "priorityClassName",
    "securityContext",
    "hostAliases",
    "automountServiceAccountToken",
];

/// The tasks or steps beside one, by name.
type Siblings<'a> = HashMap<&'a str, Done>;

impl<'a, 'n> Expansion<'a, 'n> {
    /// Nothing is laid out yet. `name` is the Execution's, where it is known.
    pub fn new(workflow: &'a Workflow<'a>, name: Option<&str>, notes: &'n mut Notes) -> Self {
        let namespace = workflow.metadata.as_ref().and_then(|metadata| metadata.get("namespace")?.as_str());
        let account = workflow.spec.get("serviceAccountName").and_then(Value::as_str);
        let globals = Arc::new(Globals {
            name: name.map(str::to_owned),
            namespace: namespace.map(str::to_owned),
            service_account: account.map(str::to_owned),
            parameters: workflow.parameters.clone(),
        });
        Self {
            workflow,
            globals,
            budget: Budget::default(),
            notes,
            is_reached: vec![false; workflow.templates.len()],
            around: Vec::new(),
            leaves: Vec::new(),
            spec: Map::new(),
        }
    }

    /// Lays out the whole. What is wrong has been noted.
    ///
    /// # Errors
    /// A bound was met.
    pub fn run(&mut self) -> Result<(), Stop> {
        let workflow = self.workflow;
        self.whole()?;
        let position = workflow.entrypoint;
        let Some(object) = workflow.templates.get(position) else { return Ok(()) };
        let template = Template { object: object.clone(), position: Some(position) };
        // The Workflow's arguments are what the first template is given, of which it takes what it knows.
        let declared = object.get("inputs").and_then(|inputs| inputs.get("parameters")?.as_array());
        let declared = declared.into_iter().flatten().filter_map(|input| input.get("name")?.as_str());
        let passed = declared
            .filter_map(|name| workflow.parameters.get(name).map(|value| (name.to_owned(), value.clone())));
        let passed = passed.collect();
        let inputs = self.taken(&template, passed, &object.path, None)?;
        match *template.body() {
            ["dag" | "steps"] => _ = self.region(&template, &inputs, &Site::default())?,
            _ => _ = self.alone(&template, &inputs)?,
        }
        for (template, is_reached) in workflow.templates.iter().zip(&self.is_reached) {
            if !is_reached {
                let name = template.get("name").and_then(Value::as_str).unwrap_or_default();
                let message = format!("template \"{}\" is not used, and left out", shorten(name));
                self.notes.warn(&template.path, message, "take it out, or let a task use it");
            }
        }
        if self.leaves.is_empty() && !self.notes.has_errors() {
            let path = workflow.spec.at("entrypoint");
            let help = "an Execution has at least one task: see the warnings for what is left out";
            self.notes.error(&path, FieldErrorKind::Required, "nothing would run", help);
        }
        Ok(())
    }

    fn taken(
        &mut self,
        template: &Template<'a>,
        passed: Parameters,
        by: &FieldPath,
        item: Option<&Value>,
    ) -> Result<Parameters, Stop> {
        self.reach(template);
        // What follows reads the template once more.
        self.budget.take(Kind::Text, weight(template.object.map), &template.object.path, self.notes)?;
        // Defaults of inputs see nothing but what holds for the whole Workflow.
        let none = Parameters::new();
        let scope = Scope { globals: &self.globals, inputs: &none, item };
        parameters::taken(&template.object, passed, by, &scope, &mut self.budget, self.notes)
    }

    /// Says once of a template what is not carried over.
    fn reach(&mut self, template: &Template<'a>) {
        if let Some(position) = template.position
            && let Some(is_reached) = self.is_reached.get_mut(position)
            && std::mem::replace(is_reached, true)
        {
            return;
        }
        let object = &template.object;
        survey::check(object, &known::TEMPLATE, self.notes);
        for key in ["container", "script"] {
            if let Some(container) = object.object(key, self.notes) {
                survey::check(&container, &known::CONTAINER, self.notes);
            }
        }
        if let Some(outputs) = object.object("outputs", self.notes) {
            survey::check(&outputs, &known::OUTPUTS, self.notes);
        }
        let message = match *template.body() {
            [_] => return,
            // What is there instead cannot be carried over, and that has been said.
            [] if known::TEMPLATE
                .decisive
                .iter()
                .any(|(key, _)| object.get(key).is_some_and(|value| !is_nothing(value))) =>
            {
                return;
            }
            [] => "the template consists of nothing".to_owned(),
            [first, second, ..] => format!("{first} and {second} stand side by side"),
        };
        let help = "give it one of container, script, dag and steps";
        self.notes.error(&object.path, FieldErrorKind::Required, message, help);
    }

    /// The template that a task or step names.
    fn template_of(&mut self, task: &Object<'a>, scope: &Scope<'_>) -> Result<Option<Template<'a>>, Stop> {
        if let Some(object) = task.object("inline", self.notes) {
            return Ok(Some(Template { object, position: None }));
        }
        let path = task.at("template");
        let Some(name) = task.text("template", self.notes) else {
            if task.get("templateRef").is_none() && task.get("template").is_none() {
                let message = "the task names no template";
                self.notes.error(
                    &task.path,
                    FieldErrorKind::Required,
                    message,
                    "write template: and its name",
                );
            }
            return Ok(None);
        };
        let Some(name) = text::fill(name, scope, &path, &mut self.budget, self.notes)? else {
            return Ok(None);
        };
        let position = self.workflow.by_name.get(&*name).copied();
        let Some(position) = position else {
            self.notes.not_found(&path, "template", &name, names(&self.workflow.templates));
            return Ok(None);
        };
        let object = self.workflow.templates.get(position).cloned();
        Ok(object.map(|object| Template { object, position: Some(position) }))
    }

    /// Lays out a dag or steps, in which everything waits for what the site waits for. What has to be waited for,
    /// for all of it to be over.
    fn region(
        &mut self,
        template: &Template<'a>,
        inputs: &Parameters,
        site: &Site,
    ) -> Result<Vec<Wait>, Stop> {
        let (name, position) = (template.name(), template.position);
        if position.is_some() && self.around.iter().any(|around| around.position == position) {
            let mut names: Vec<String> = self.around.iter().map(|around| shorten(around.name)).collect();
            names.push(shorten(name));
            let message = format!("the template uses itself: {}", names.join(" -> "));
            let help = "an Execution's tasks are known before it runs: write each round as a task";
            self.notes.error(&template.object.path, FieldErrorKind::Invalid, message, help);
            return Ok(site.waits.clone());
        }
        if self.around.len() >= MAX_NESTING {
            let message = format!("templates are used within templates more than {MAX_NESTING} deep");
            let help = "use fewer templates within templates";
            self.notes.error(&template.object.path, FieldErrorKind::TooMany, message, help);
            return Err(Stop);
        }
        self.of_the_region(&template.object);
        self.around.push(Around { name, position });
        let laid_out = match *template.body() {
            ["dag"] => self.dag(&template.object, inputs, site),
            _ => self.steps(&template.object, inputs, site),
        };
        self.around.pop();
        laid_out
    }

    /// What a dag or steps says of all that is in it.
    fn of_the_region(&mut self, template: &Object<'a>) {
        let dag = template.get("dag").and_then(|dag| dag.get("failFast"));
        let fail_fast = dag.or_else(|| template.get("failFast")).and_then(Value::as_bool);
        let is_first = self.around.is_empty();
        if is_first && fail_fast == Some(false) {
            self.spec.insert("failurePolicy".to_owned(), "Continue".into());
        }
        let goes_on = self.spec.contains_key("failurePolicy");
        match fail_fast {
            _ if is_first => {}
            Some(value) if value == goes_on => {
                let message = "failFast is another one than that of the entrypoint's dag";
                let help = "an Execution has one failurePolicy: write the same failFast in both";
                self.notes.error(&template.path, FieldErrorKind::NotSupported, message, help);
            }
            None if goes_on => {
                let message =
                    "after a failure the rest of this template would go on, as in the entrypoint's dag";
                self.notes.warn(&template.path, message, "an Execution has one failurePolicy");
            }
            _ => {}
        }
        if let Some(parallelism) = template.get("parallelism") {
            let whole = self.spec.get("parallelism").and_then(Value::as_i64);
            if is_first {
                let least = match (whole, parallelism.as_i64()) {
                    (Some(whole), Some(own)) => whole.min(own).into(),
                    _ => parallelism.clone(),
                };
                self.spec.insert("parallelism".to_owned(), least);
            } else {
                let message = "parallelism bounds this template alone, which no Execution can say";
                let help = "take it out, or write it into spec.parallelism";
                self.notes.error(&template.at("parallelism"), FieldErrorKind::NotSupported, message, help);
            }
        }
        for key in OF_CONTAINERS {
            if template.get(key).is_some() {
                let message =
                    format!("\"{key}\" of a dag or of steps concerns no container, and is not carried over");
                self.notes.warn(&template.at(key), message, "write it into the templates of its containers");
            }
        }
        for key in ["retryStrategy", "activeDeadlineSeconds", "timeout"] {
            if template.get(key).is_some() {
                let message = format!(
                    "{key} of a dag or of steps concerns all in it at once, which no Execution can say"
                );
                let help = "write it into the templates of its containers";
                self.notes.error(&template.at(key), FieldErrorKind::NotSupported, message, help);
            }
        }
    }

    fn name_of(&mut self, task: &Object<'a>, siblings: &Siblings<'a>) -> Option<&'a str> {
        let name = task.text("name", self.notes);
        match name {
            None if task.get("name").is_none() => {
                let message = "the task has no name";
                self.notes.error(&task.path, FieldErrorKind::Required, message, "write name:");
            }
            Some(name) if siblings.contains_key(name) => {
                self.twice(task, name);
                return None;
            }
            _ => {}
        }
        name
    }

    fn twice(&mut self, task: &Object<'a>, name: &str) {
        let message = format!("two tasks here are called \"{}\"", shorten(name));
        self.notes.error(&task.at("name"), FieldErrorKind::Duplicate, message, "rename one of the two");
    }
}
