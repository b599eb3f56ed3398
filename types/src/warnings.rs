//! What is legal and yet probably not meant: said by `lint`, `submit` and the webhook, refused by nobody.

use std::collections::{BTreeMap, HashMap};

use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, counted, grouped, within},
    limits::Limits,
    plan::{TaskPlan, substitute::Template},
    v1alpha1::{Operator, Task, TaskType},
    validate::{ValidExecution, conditions, job_names, size},
};

/// A command of more bytes than this is a script that should be kept elsewhere: it is stored in the
/// Execution and again in every Job made from it.
const LONG_COMMAND_BYTES: usize = 32_000;
/// Client-side `kubectl apply` writes the object into an annotation, which may have so many bytes.
const APPLY_BYTES: u64 = 256 * 1024;

/// The most bytes of one warning, and of all together, that the API server does not cut (it counts characters).
const TEXT_BYTES: usize = 256;
const TEXTS_BYTES: usize = 4 * 1024;
/// What the last line has that says how many more there are.
const REST_BYTES: usize = 128;

/// All that is doubtful in a valid Execution, at most once for each place. The cluster's limits are
/// among it where the Execution was accepted under others.
pub fn warnings(valid: &ValidExecution) -> Vec<FieldError> {
    let mut warnings = Faults::default();
    let execution = valid.execution();
    check_meaning(valid, true, &mut warnings);
    for (position, task) in execution.spec.tasks.iter().enumerate() {
        let at = || tasks_path().index(position);
        check_type(task, &at, &mut warnings);
        check_commands(task, &at, &mut warnings);
    }
    job_names::check_retries(execution, valid.plan(), &mut warnings);
    if *valid.limits() != Limits::CLUSTER {
        check_cluster(valid, &mut warnings);
    }
    let bytes = size::json_bytes(execution);
    if bytes > APPLY_BYTES {
        let message = format!(
            "the Execution has {} bytes as JSON; client-side \"kubectl apply\" takes at most {}",
            grouped(bytes),
            grouped(APPLY_BYTES)
        );
        warnings.push(
            FieldError::new(FieldPath::root().key("spec"), FieldErrorKind::TooLong, message)
                .help("use \"kubectl create\" or \"kubectl apply --server-side\""),
        );
    }
    warnings.into_vec()
}

/// Warnings as the API server hands them on to its clients: one line each of at most 256 bytes, 4 KiB together, as it
/// cuts longer ones itself, without their remedies. Where there are more, the last line says how many.
///
/// `path: what is doubtful; remedy`. Fields that are not known (of [`crate::validate_stored`]) come first.
pub fn texts(unknown: &[FieldError], warnings: &[FieldError]) -> Vec<String> {
    let count = unknown.len() + warnings.len();
    let mut texts: Vec<String> = Vec::new();
    let mut left = TEXTS_BYTES - REST_BYTES;
    for warning in unknown.iter().chain(warnings) {
        let text = text(warning);
        let Some(rest) = left.checked_sub(text.len()) else { break };
        left = rest;
        texts.push(text);
    }
    if texts.len() < count {
        let rest = counted((count - texts.len()) as u64, "more warning", "more warnings");
        texts.push(format!("{rest}; \"kubectl gene lint FILE\" shows them"));
    }
    texts
}

/// One line, in which rather the middle is left out than the remedy.
fn text(warning: &FieldError) -> String {
    let help = match &warning.help {
        // As long a remedy is none that has to be seen whole.
        Some(help) => format!("; {}", within(help.text.clone(), TEXT_BYTES / 2)),
        None => String::new(),
    };
    let said = FieldError { help: None, ..warning.clone() }.to_string();
    let text = within(said, TEXT_BYTES - help.len()) + &help;
    // The API server drops a warning with control characters whole.
    text.replace(char::is_control, " ")
}

/// What is doubtful in a valid Execution wherever it runs: what speaks of a cluster is left out, and
/// what speaks of images where none are used.
pub fn local_warnings(valid: &ValidExecution, uses_images: bool) -> Vec<FieldError> {
    let mut warnings = Faults::default();
    check_meaning(valid, uses_images, &mut warnings);
    warnings.into_vec()
}

fn check_meaning(valid: &ValidExecution, uses_images: bool, warnings: &mut Faults) {
    let tasks = &valid.execution().spec.tasks;
    if uses_images {
        check_images(tasks, &tasks_path(), warnings);
    }
    for (position, (task, plan)) in tasks.iter().zip(&valid.plan().tasks).enumerate() {
        let at = || tasks_path().index(position);
        check_placeholders(task, plan, &at, warnings);
        check_dependents(task, &at, warnings);
        check_env(task, &at, warnings);
        check_rules(task, &at, warnings);
    }
}

fn tasks_path() -> FieldPath {
    FieldPath::root().key("spec").key("tasks")
}

fn check_images(tasks: &[Task], at: &FieldPath, warnings: &mut Faults) {
    let mut untagged: BTreeMap<usize, u64> = BTreeMap::new();
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (position, task) in tasks.iter().enumerate() {
        let name = task.image.rsplit('/').next().unwrap_or_default();
        if !name.contains([':', '@']) {
            *untagged.entry(*first.entry(task.image.as_str()).or_insert(position)).or_default() += 1;
        }
    }
    for (position, uses) in untagged {
        let image = &tasks[position].image;
        let of = if uses > 1 { format!(" ({})", counted(uses, "task", "tasks")) } else { String::new() };
        let message = format!("image {image:?} has no tag, so another run may get another image{of}");
        warnings.push(
            FieldError::new(at.index(position).key("image"), FieldErrorKind::Invalid, message)
                .value(image)
                .help(format!("name a version: {image}:VERSION")),
        );
    }
}

fn check_type(task: &Task, at: &impl Fn() -> FieldPath, warnings: &mut Faults) {
    if task.type_ == Some(TaskType::Spark) {
        warnings.push(
            FieldError::new(at().key("type"), FieldErrorKind::NotSupported, "type Spark runs as a Job")
                .value("Spark")
                .help("write type: Job"),
        );
    }
}

fn check_commands(task: &Task, at: &impl Fn() -> FieldPath, warnings: &mut Faults) {
    let field = if task.command_set.is_some() { "commandSet" } else { "commands" };
    let literal = task.commands.iter().chain(&task.command_set).flatten().enumerate();
    let mut long = literal
        .filter(|(_, command)| command.len() > LONG_COMMAND_BYTES)
        .map(|(index, command)| (at().key(field).index(index), command));
    let template = task.commands_iter.as_ref().map(|iter| &iter.command);
    let found = long.next().or_else(|| {
        let command = template.filter(|command| command.len() > LONG_COMMAND_BYTES)?;
        Some((at().key("commandsIter").key("command"), command))
    });
    if let Some((path, command)) = found {
        let message = format!(
            "the command has {} bytes, and each Job gets a copy of it",
            grouped(command.len() as u64)
        );
        warnings.push(
            FieldError::new(path, FieldErrorKind::TooLong, message)
                .help("put the script into the image or a ConfigMap and call it"),
        );
    }
}

fn check_placeholders(task: &Task, plan: &TaskPlan, at: &impl Fn() -> FieldPath, warnings: &mut Faults) {
    let Some(iter) = &task.commands_iter else { return };
    let columns = plan.commands.columns();
    let template = Template::new(&iter.command, usize::MAX);
    if let Some(beyond) = template.columns_used().filter(|column| *column >= columns).max() {
        let message = format!(
            "${{{}}} stays as it is: the rows have {}",
            beyond.saturating_add(1),
            counted(columns as u64, "column", "columns")
        );
        warnings.push(
            FieldError::new(at().key("commandsIter").key("command"), FieldErrorKind::NotFound, message)
                .value(&iter.command)
                .help("add the column, or write the number of one that is there"),
        );
    }
}

fn check_dependents(task: &Task, at: &impl Fn() -> FieldPath, warnings: &mut Faults) {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (position, dependent) in task.dependents.iter().flatten().enumerate() {
        if let Some(earlier) = first.get(dependent.target.as_str()) {
            let at = at().key("dependents");
            let message =
                format!("{:?} is named twice; the stricter of the two entries holds", dependent.target);
            warnings.push(
                FieldError::new(at.index(position).key("target"), FieldErrorKind::Duplicate, message)
                    .value(&dependent.target)
                    .help_at("remove one of the two", at.index(*earlier).key("target")),
            );
        } else {
            first.insert(&dependent.target, position);
        }
    }
}

fn check_env(task: &Task, at: &impl Fn() -> FieldPath, warnings: &mut Faults) {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (position, variable) in task.env.iter().flatten().enumerate() {
        if let Some(earlier) = first.insert(&variable.name, position) {
            let at = at().key("env");
            let message = format!("variable {:?} is given twice; the last one holds", variable.name);
            warnings.push(
                FieldError::new(at.index(position).key("name"), FieldErrorKind::Duplicate, message)
                    .value(&variable.name)
                    .help_at("remove one of the two", at.index(earlier).key("name")),
            );
        }
    }
}

fn check_rules(task: &Task, at: &impl Fn() -> FieldPath, warnings: &mut Faults) {
    let rules = task.generic_condition.iter().flat_map(|condition| &condition.match_rules);
    for (position, rule) in rules.enumerate() {
        let bound = rule.values.iter().flatten().next();
        if matches!(rule.operator, Operator::Gt | Operator::Lt)
            && let Some(bound) = bound.filter(|bound| bound.parse::<i64>().is_err())
        {
            let operator = conditions::operator_word(rule.operator);
            let at = at().key("genericCondition").key("matchRules").index(position).key("values").index(0);
            let message = format!("operator {operator} compares whole numbers, so this rule never holds");
            warnings.push(
                FieldError::new(at, FieldErrorKind::Invalid, message)
                    .value(bound)
                    .help("write a whole number, like values: [\"5\"]"),
            );
        }
    }
}

/// What the cluster would refuse, each as one warning.
fn check_cluster(valid: &ValidExecution, warnings: &mut Faults) {
    let mut refused = Faults::default();
    let plan = valid.plan();
    size::check_task_count(plan.tasks.len() as u64, &Limits::CLUSTER, &mut refused);
    let total: u64 = plan.tasks.iter().map(|task| size::known_width(&task.commands)).sum();
    if total > u64::from(Limits::CLUSTER.vertices) {
        let message = format!(
            "{} are too many; at most {} are allowed",
            counted(total, "vertex", "vertices"),
            grouped(u64::from(Limits::CLUSTER.vertices))
        );
        refused.push(
            FieldError::new(FieldPath::root().key("spec").key("tasks"), FieldErrorKind::TooMany, message)
                .help("let one command work on several items, or split the Execution"),
        );
    }
    if let Some(most) = Limits::CLUSTER.object_bytes {
        size::check_plan_bytes(valid.execution(), plan, most, &mut refused);
    }
    for mut error in refused.into_vec() {
        error.message.insert_str(0, "a cluster would refuse this: ");
        warnings.push(error);
    }
}
