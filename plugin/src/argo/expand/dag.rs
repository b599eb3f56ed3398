//! `dag`: its tasks in an order in which each comes after those that it waits for.

use std::collections::{BTreeSet, HashMap};

use gene_types::field::{FieldErrorKind, FieldPath, shorten};
use serde_json::Value;

use super::{
    super::{
        budget::{Kind, Stop},
        depends::{self, Wanted},
        known,
        layout::{Before, Done, Fate, Wait, before, over},
        reading::{Object, wrong},
        scope::Parameters,
        survey,
    },
    Expansion, Siblings, Site,
};

/// A task of a dag and what it waits for.
struct Member<'a> {
    object: Object<'a>,
    name: &'a str,
    /// Positions of other members, and where each is named.
    depends: Vec<(usize, Wanted, FieldPath)>,
}

impl<'a> Expansion<'a, '_> {
    /// Lays out a dag.
    pub(super) fn dag(
        &mut self,
        template: &Object<'a>,
        inputs: &Parameters,
        site: &Site,
    ) -> Result<Vec<Wait>, Stop> {
        let Some(dag) = template.object("dag", self.notes) else { return Ok(site.waits.clone()) };
        survey::check(&dag, &known::DAG, self.notes);
        let members = self.members(&dag);
        let Some(order) = self.ordered(&members) else { return Ok(site.waits.clone()) };
        let mut siblings = Siblings::new();
        for position in order {
            let Some(member) = members.get(position) else { continue };
            let before = self.before(member, &members, &siblings, site)?;
            let mut order = site.order.clone();
            order.push(position);
            let at = Site { prefix: site.prefix.clone(), order, waits: Vec::new() };
            let done = self.task(&member.object, member.name, inputs, before, &siblings, &at)?;
            siblings.insert(member.name, done);
        }
        let awaited: BTreeSet<usize> =
            members.iter().flat_map(|member| &member.depends).map(|(target, ..)| *target).collect();
        let last = members.iter().enumerate().filter(|(position, _)| !awaited.contains(position));
        let last: Vec<&Done> = last.filter_map(|(_, member)| siblings.get(member.name)).collect();
        let waits = if last.is_empty() { site.waits.clone() } else { over(last, &self.leaves) };
        self.budget.take(Kind::Dependencies, waits.len() as u64, &dag.path, self.notes)?;
        Ok(waits)
    }

    fn members(&mut self, dag: &Object<'a>) -> Vec<Member<'a>> {
        let objects = dag.objects("tasks", self.notes);
        if objects.is_empty() && dag.get("tasks").is_none_or(Value::is_array) {
            let message = "the dag has no tasks";
            self.notes.error(&dag.path, FieldErrorKind::Required, message, "give it tasks");
        }
        let mut by_name = HashMap::new();
        let mut named = Vec::with_capacity(objects.len());
        let none = Siblings::new();
        for object in objects {
            survey::check(&object, &known::TASK, self.notes);
            let Some(name) = self.name_of(&object, &none) else { continue };
            if by_name.insert(name, named.len()).is_some() {
                self.twice(&object, name);
            }
            named.push((object, name));
        }
        let members = named.iter().map(|(object, name)| {
            let depends = self.depends(object, &by_name, &named);
            Member { object: object.clone(), name, depends }
        });
        members.collect()
    }

    fn depends(
        &mut self,
        task: &Object<'a>,
        by_name: &HashMap<&'a str, usize>,
        others: &[(Object<'a>, &'a str)],
    ) -> Vec<(usize, Wanted, FieldPath)> {
        let mut names: Vec<(&str, Wanted, FieldPath)> = Vec::new();
        for (name, path) in task.list("dependencies", self.notes) {
            match name {
                Value::String(name) => names.push((name, Wanted::Done, path)),
                other => wrong(other, &path, "the name of a task", self.notes),
            }
        }
        let path = task.at("depends");
        if let Some(text) = task.text("depends", self.notes).filter(|text| !text.is_empty()) {
            if task.get("dependencies").is_some() {
                let message = "depends and dependencies stand side by side";
                self.notes.error(&path, FieldErrorKind::Forbidden, message, "keep one of the two");
            }
            match depends::parse(text) {
                Ok(wanted) => {
                    names.extend(wanted.into_iter().map(|(name, wanted)| (name, wanted, path.clone())));
                }
                Err(reason) => {
                    let help =
                        "an Execution's task waits until all that it names have succeeded: write A && B";
                    self.notes.error(&path, FieldErrorKind::NotSupported, reason, help);
                }
            }
        }
        let mut found = Vec::with_capacity(names.len());
        for (name, wanted, path) in names {
            if let Some(target) = by_name.get(name) {
                found.push((*target, wanted, path));
                continue;
            }
            self.notes.not_found(&path, "task", name, others.iter().map(|(_, name)| *name));
        }
        found
    }

    /// Each member after those that it waits for, and else in the order of the file; `None` where that is impossible.
    fn ordered(&mut self, members: &[Member<'a>]) -> Option<Vec<usize>> {
        let mut open: Vec<usize> = Vec::with_capacity(members.len());
        let mut followers: Vec<Vec<usize>> = vec![Vec::new(); members.len()];
        for (position, member) in members.iter().enumerate() {
            open.push(member.depends.len());
            for (target, ..) in &member.depends {
                if let Some(followers) = followers.get_mut(*target) {
                    followers.push(position);
                }
            }
        }
        let free = open.iter().enumerate().filter(|(_, open)| **open == 0);
        let mut ready: BTreeSet<usize> = free.map(|(position, _)| position).collect();
        let mut order = Vec::with_capacity(members.len());
        while let Some(position) = ready.pop_first() {
            order.push(position);
            for follower in followers.get(position).into_iter().flatten() {
                if let Some(open) = open.get_mut(*follower) {
                    *open -= 1;
                    if *open == 0 {
                        ready.insert(*follower);
                    }
                }
            }
        }
        if order.len() == members.len() {
            return Some(order);
        }
        self.circle(members, &open);
        None
    }

    /// Names one circle among the members that still wait for something.
    fn circle(&mut self, members: &[Member<'a>], open: &[usize]) {
        let waits = |position: usize| open.get(position).is_some_and(|open| *open > 0);
        let next = |position: usize| {
            let depends = members.get(position).map(|member| &member.depends);
            depends.into_iter().flatten().map(|(target, ..)| *target).find(|target| waits(*target))
        };
        let mut way = Vec::new();
        let mut seen = vec![false; members.len()];
        let mut at = (0..members.len()).find(|position| waits(*position));
        while let Some(position) = at {
            way.push(position);
            match seen.get_mut(position) {
                Some(seen) if !*seen => *seen = true,
                _ => break,
            }
            at = next(position);
        }
        let Some(last) = way.last() else { return };
        let first = way.iter().position(|position| position == last).unwrap_or_default();
        let circle = way.get(first..).unwrap_or_default();
        let mut names: Vec<String> = circle
            .iter()
            .take(10)
            .filter_map(|position| members.get(*position))
            .map(|member| shorten(member.name))
            .collect();
        if circle.len() > 10 {
            names.push("…".to_owned());
        }
        let message = format!("the tasks wait for each other in a circle: {}", names.join(" -> "));
        if let Some(member) = members.get(*last) {
            let key = if member.object.get("depends").is_some() { "depends" } else { "dependencies" };
            let help = "take out one of the dependencies";
            self.notes.error(&member.object.at(key), FieldErrorKind::Invalid, message, help);
        }
    }

    fn before(
        &mut self,
        member: &Member<'a>,
        members: &[Member<'a>],
        siblings: &Siblings<'a>,
        site: &Site,
    ) -> Result<Before, Stop> {
        if member.depends.is_empty() {
            self.budget.take(Kind::Text, site.waits.len() as u64, &member.object.path, self.notes)?;
            return Ok(Before { waits: site.waits.clone(), ..Before::default() });
        }
        let dones: Vec<(Wanted, &Done, &FieldPath)> = member
            .depends
            .iter()
            .filter_map(|(target, wanted, path)| {
                Some((*wanted, siblings.get(members.get(*target)?.name)?, path))
            })
            .collect();
        let amount: usize = dones.iter().map(|(_, done, _)| done.waits.len()).sum();
        self.budget.take(Kind::Dependencies, amount as u64, &member.object.path, self.notes)?;
        let list: Vec<(Wanted, &Done)> = dones.iter().map(|(wanted, done, _)| (*wanted, *done)).collect();
        match before(&list) {
            Ok(before) => Ok(before),
            Err(position) => {
                let message = "it would have to be told whether what it waits for was skipped by its own condition, or left out with what that waits for";
                let help = "write NAME.Succeeded, or give the task that it waits for only one of the two";
                if let Some((.., path)) = dones.get(position) {
                    self.notes.error(path, FieldErrorKind::NotSupported, message, help);
                }
                Ok(Before { is_omitted: true, ..Before::default() })
            }
        }
    }

    /// Says of a task that never runs why not.
    pub(super) fn left_out(&mut self, task: &Object<'a>, name: &str, fate: Fate) {
        let (path, why) = match fate {
            Fate::Omitted => (task.at("depends"), "it waits for the success of what never runs"),
            _ if task.get("when").is_some() => (task.at("when"), "its condition does not hold"),
            _ => (task.path.clone(), "it has no items"),
        };
        let message = format!("task \"{}\" never runs, and is left out: {why}", shorten(name));
        self.notes.warn(&path, message, "check it where the task should run");
    }
}
