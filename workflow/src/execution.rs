//! The Execution: its tasks in the order of the file, its name and namespace, and what validation says of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use gene_types::{
    field::{FieldError, FieldErrorKind, FieldPath, Segment},
    names::ANNOTATION_OUTPUTS,
    v1alpha1::{API_VERSION, KIND},
    validate_document,
};
use serde_json::{Map, Value, json};

use crate::{
    Compiled, Fault, Origin, Request,
    fields::{Fields, Keys, object},
    input::{self, EXECUTION_NAME, Given, Kind, NAMESPACE},
    instantiate, output,
    places::Places,
    report::{At, Report},
    scope::{Named, Scope},
    task::{Reader, Task},
    tool::Tools,
    volume::{self, Volumes},
};

/// What the original always wrote: more Jobs at once than any cluster of its time could run.
const PARALLELISM: i64 = 5_000;

const KEYS: Keys = Keys {
    known: &["version", "inputs", "workflow", "volumes", "outputs"],
    ignored: &[("tools", "tools are files of their own, read from --tool-repo")],
};

/// Compiles a workflow.
pub(crate) fn compile(request: &Request<'_>) -> Result<Compiled, Vec<Fault>> {
    let mut report = Report::default();
    match compiled(request, &mut report) {
        Some(compiled) => report.finish().map(|warnings| Compiled { warnings, ..compiled }),
        None => Err(report.finish().err().unwrap_or_default()),
    }
}

fn compiled(request: &Request<'_>, report: &mut Report) -> Option<Compiled> {
    let fields = Fields::read(request.workflow, At::Root(Origin::Workflow), &KEYS, report)?;
    let declared = fields.get("inputs");
    let Given { inputs, places: given_at, kinds } = input::read(request, declared, report);
    let scope = Scope::new(inputs);
    let mut places = Places::default();
    let mut volumes = Volumes::default();
    if let Some((value, at)) = fields.get("volumes") {
        volumes = volume::read(value, &at, &scope, report);
    }
    let mut tasks = tasks(request, &fields, &scope, &volumes, &mut places, report);
    if let Some((_, at)) = fields.get("volumes") {
        for position in 0..tasks.len() {
            places.insert_same(&task_path(position).key("volumes"), at.origin(), at.path());
        }
    }
    let mut outputs = Map::new();
    if let Some((value, at)) = fields.get("outputs") {
        outputs = output::read(value, &at, request.limits.vertices, &scope, report);
        places.insert(&FieldPath::root().key("metadata").key("annotations"), at.origin(), at.path());
    }
    let metadata = metadata(request, &scope, &given_at, &outputs, &mut places);
    input::warn_of_unused(request, declared.map(|(value, _)| value), scope.inputs(), report);
    if tasks.is_empty() {
        return None;
    }
    let executions: Vec<Value> =
        tasks.iter_mut().map(|(_, task)| std::mem::take(&mut task.execution).into()).collect();
    let execution = json!({
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": metadata,
        "spec": {"parallelism": PARALLELISM, "tasks": executions},
    });
    judge(&execution, request, &tasks, &places, report);
    if report.len() > 0 {
        return None;
    }
    let inputs = scope.into_inputs().into_iter().filter_map(|(name, input)| {
        let kind = kinds.get(&name).copied().unwrap_or(Kind::String);
        Some((name, (kind, input?.value)))
    });
    let parts = instantiate::Parts {
        version: fields.get("version").map(|(value, _)| value.clone()),
        inputs: inputs.collect(),
        volumes: volumes.workflow,
        tasks: tasks.into_iter().map(|(name, task)| (name, task.workflow)).collect(),
        outputs,
    };
    Some(Compiled { execution, warnings: Vec::new(), places, parts })
}

/// The tasks in the order of the file.
fn tasks(
    request: &Request<'_>,
    fields: &Fields<'_>,
    scope: &Scope,
    volumes: &Volumes,
    places: &mut Places,
    report: &mut Report,
) -> Vec<(String, Task)> {
    let given = fields.get("workflow");
    let tasks = match &given {
        Some((value, at)) => match object(value, at, report) {
            Some(tasks) => tasks,
            None => return Vec::new(),
        },
        None => &Map::new(),
    };
    let at = fields.place("workflow");
    if tasks.is_empty() {
        let fault = at.fault(FieldErrorKind::Required, "the workflow has no task");
        report.error(at.origin(), fault.help("write a task under workflow, with its tool and commands"));
    }
    places.insert(&FieldPath::root().key("spec"), at.origin(), at.path());
    let mut seen = HashSet::new();
    let listed = request.task_order.iter().filter_map(|name| tasks.get_key_value(name));
    let ordered: Vec<_> = listed.chain(tasks).filter(|(name, _)| seen.insert(name.as_str())).collect();
    let mut tools = Tools::new(request.tools);
    let mut reader = Reader { scope, tools: &mut tools, volumes, limits: request.limits, places, report };
    let mut read = Vec::with_capacity(ordered.len());
    for (position, (name, value)) in ordered.into_iter().enumerate() {
        if reader.report.is_full() {
            break;
        }
        read.push((name.clone(), reader.task(name, value, at.key(name), &task_path(position))));
    }
    read
}

fn metadata(
    request: &Request<'_>,
    scope: &Scope,
    given_at: &BTreeMap<String, (Origin, FieldPath)>,
    outputs: &Map<String, Value>,
    places: &mut Places,
) -> Map<String, Value> {
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), request.name.into());
    for (input, field) in [(EXECUTION_NAME, "name"), (NAMESPACE, "namespace")] {
        if let Named::Input(value) = scope.input(input) {
            metadata.insert(field.to_owned(), Value::from(&*value.text));
            if let Some((origin, path)) = given_at.get(input) {
                places.insert(&FieldPath::root().key("metadata").key(field), *origin, path.clone());
            }
        }
    }
    if !outputs.is_empty() {
        let json = serde_json::to_string(outputs).unwrap_or_default();
        metadata.insert("annotations".to_owned(), json!({ANNOTATION_OUTPUTS: json}));
    }
    metadata
}

/// Says of the workflow what validation says of its Execution, save what only speaks of stand-ins.
fn judge(
    execution: &Value,
    request: &Request<'_>,
    tasks: &[(String, Task)],
    places: &Places,
    report: &mut Report,
) {
    let Err(errors) = validate_document(execution.clone(), request.limits) else { return };
    let is_sound = report.len() == 0;
    let broken: HashSet<&str> =
        tasks.iter().filter(|(_, task)| task.is_broken).map(|(name, _)| name.as_str()).collect();
    let names: HashMap<usize, &(String, Task)> = tasks.iter().enumerate().collect();
    for error in errors {
        let is_told = is_sound
            || match task_of(&error.path) {
                Some(position) => {
                    names.get(&position).is_none_or(|(_, task)| is_of_itself(&error, task, &broken))
                }
                // What all tasks together come to is not known yet.
                None => matches!(error.path.segments().first(), Some(Segment::Key(key)) if key == "metadata"),
            };
        if is_told {
            let fault = places.fault(error);
            report.error(fault.origin, fault.error);
        }
    }
}

/// Whether a fault would be there as well if nothing stood in for what is at fault.
fn is_of_itself(error: &FieldError, task: &Task, broken: &HashSet<&str>) -> bool {
    const GRAPH: [&str; 5] = ["commandSet", "commandsIter", "dependents", "condition", "genericCondition"];
    let last = match error.path.segments().last() {
        Some(Segment::Key(key)) => key.as_str(),
        _ => "",
    };
    let field = match error.path.segments().get(3) {
        Some(Segment::Key(key)) => key.as_str(),
        _ => "",
    };
    // What a target is called and how it is waited for nothing else in its task can mend.
    let is_dependency =
        field == "dependents" && (last == "target" || error.kind == FieldErrorKind::NotSupported);
    let waits_for_broken = || task.targets.iter().any(|target| broken.contains(target.as_str()));
    let is_of_stand_in = task.is_broken || field.is_empty() || GRAPH.contains(&field) && waits_for_broken();
    is_dependency || !is_of_stand_in
}

fn task_of(path: &FieldPath) -> Option<usize> {
    match path.segments() {
        [Segment::Key(spec), Segment::Key(tasks), Segment::Index(task), ..]
            if spec == "spec" && tasks == "tasks" =>
        {
            Some(*task)
        }
        _ => None,
    }
}

fn task_path(position: usize) -> FieldPath {
    FieldPath::from([Segment::Key("spec".into()), Segment::Key("tasks".into()), Segment::Index(position)])
}
