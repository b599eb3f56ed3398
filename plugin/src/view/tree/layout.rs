//! Where each task hangs: under the last, in the order of the file, of those that it waits for.

/// One task in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its position in the spec.
    pub task: usize,
    /// The lines before its name: `│  └─ `.
    pub prefix: String,
    /// The lines before what stands below its name, as far as they go on there.
    pub below: String,
    /// Tasks that it waits for and does not hang under.
    pub also_after: Vec<usize>,
}

/// Lays the tasks out. Of each, `after` names those that it waits for, ascending; only those that `is_shown`
/// have a place, and who hangs under another hangs where that would. Nothing is deeper than `most_depth`.
///
/// A cycle, which no controller accepts but a person may have written, is cut open.
pub fn layout(after: &[Vec<usize>], is_shown: &dyn Fn(usize) -> bool, most_depth: usize) -> Vec<Place> {
    let count = after.len();
    let mut forest = Forest::new(count);
    for (task, after) in after.iter().enumerate() {
        forest.hang(after.last().copied().filter(|parent| *parent < count), task);
    }
    // The same again with what is shown, and not too deep. A parent comes before its children.
    let mut shown = Forest::new(count);
    let mut depths = vec![0; count];
    let mut held_by: Vec<Option<usize>> = vec![None; count];
    forest.walk(|parent, task| {
        let mut held = parent.and_then(|parent| {
            if is_shown(parent) { Some(parent) } else { held_by.get(parent).copied().flatten() }
        });
        if let Some(deep) = held.filter(|held| depths.get(*held).is_some_and(|depth| *depth >= most_depth)) {
            held = held_by.get(deep).copied().flatten();
        }
        let depth = held.and_then(|held| depths.get(held)).map_or(0, |depth| depth + 1);
        if let Some((own, slot)) = depths.get_mut(task).zip(held_by.get_mut(task)) {
            *own = depth;
            *slot = held;
        }
        if is_shown(task) {
            shown.hang(held, task);
        }
    });
    let mut places = shown.places(after);
    for place in &mut places {
        place.also_after.retain(|other| is_shown(*other));
    }
    places
}

/// Who hangs under whom, in the order in which they were hung.
struct Forest {
    roots: Vec<usize>,
    children: Vec<Vec<usize>>,
    hung: Vec<usize>,
}

impl Forest {
    fn new(count: usize) -> Self {
        Self { roots: Vec::new(), children: vec![Vec::new(); count], hung: Vec::new() }
    }

    fn hang(&mut self, parent: Option<usize>, task: usize) {
        self.hung.push(task);
        match parent.and_then(|parent| self.children.get_mut(parent)) {
            Some(children) => children.push(task),
            None => self.roots.push(task),
        }
    }

    /// Calls `each` with every task and its parent, parents first; what is only in a cycle begins anew.
    fn walk(&self, mut each: impl FnMut(Option<usize>, usize)) {
        let mut is_seen = vec![false; self.children.len()];
        for &start in self.roots.iter().chain(&self.hung) {
            let mut stack = vec![(None, start)];
            while let Some((parent, task)) = stack.pop() {
                match is_seen.get_mut(task) {
                    Some(seen) if !*seen => *seen = true,
                    _ => continue,
                }
                each(parent, task);
                let children = self.children.get(task).into_iter().flatten();
                stack.extend(children.rev().map(|child| (Some(task), *child)));
            }
        }
    }

    fn places(&self, after: &[Vec<usize>]) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::with_capacity(self.hung.len());
        // Of each task the lines that go on beside its children.
        let mut bars: Vec<String> = vec![String::new(); self.children.len()];
        self.walk(|parent, task| {
            let siblings = parent.and_then(|parent| self.children.get(parent));
            let is_last = siblings.is_none_or(|siblings| siblings.last() == Some(&task));
            let (prefix, bar) = match parent.and_then(|parent| bars.get(parent)) {
                Some(bar) if is_last => (format!("{bar}└─ "), format!("{bar}   ")),
                Some(bar) => (format!("{bar}├─ "), format!("{bar}│  ")),
                None => (String::new(), String::new()),
            };
            let has_children = self.children.get(task).is_some_and(|children| !children.is_empty());
            let below = if has_children { format!("{bar}│  ") } else { format!("{bar}   ") };
            if let Some(slot) = bars.get_mut(task) {
                *slot = bar;
            }
            let others = after.get(task).into_iter().flatten().copied();
            let also_after = others.filter(|other| Some(*other) != parent).collect();
            places.push(Place { task, prefix, below, also_after });
        });
        places
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn(after: &[&[usize]], hidden: &[usize], most_depth: usize) -> Vec<String> {
        let after: Vec<Vec<usize>> = after.iter().map(|after| after.to_vec()).collect();
        let places = layout(&after, &|task| !hidden.contains(&task), most_depth);
        let line = |place: &Place| format!("{}{} {:?}", place.prefix, place.task, place.also_after);
        places.iter().map(line).collect()
    }

    #[test]
    fn tasks_hang_under_the_last_that_they_wait_for() {
        let diamond: [&[usize]; 5] = [&[], &[0], &[0], &[1, 2], &[0]];
        assert_eq!(drawn(&diamond, &[], 9), ["0 []", "├─ 1 []", "├─ 2 []", "│  └─ 3 [1]", "└─ 4 []"]);
        assert_eq!(drawn(&diamond, &[2], 9), ["0 []", "├─ 1 []", "├─ 3 [1]", "└─ 4 []"]);
        assert_eq!(drawn(&diamond, &[0], 9), ["1 []", "2 []", "└─ 3 [1]", "4 []"]);
    }

    #[test]
    fn a_long_chain_stays_within_its_room() {
        let chain: [&[usize]; 5] = [&[], &[0], &[1], &[2], &[3]];
        assert_eq!(drawn(&chain, &[], 2), ["0 []", "└─ 1 []", "   ├─ 2 []", "   ├─ 3 [2]", "   └─ 4 [3]"]);
        let chain: Vec<Vec<usize>> =
            (0_usize..10_000).map(|task| task.checked_sub(1).into_iter().collect()).collect();
        assert_eq!(layout(&chain, &|_| true, 20).len(), 10_000);
    }

    #[test]
    fn a_cycle_is_cut_open() {
        assert_eq!(drawn(&[&[1], &[2], &[0], &[]], &[], 9).len(), 4);
    }

    proptest! {
        #[test]
        fn everything_shown_has_one_place(
            after in prop::collection::vec(prop::collection::vec(0_usize..12, 0..4), 0..12),
            hidden in prop::collection::vec(0_usize..12, 0..6),
            most_depth in 0_usize..5,
        ) {
            let places = layout(&after, &|task| !hidden.contains(&task), most_depth);
            let mut tasks: Vec<usize> = places.iter().map(|place| place.task).collect();
            tasks.sort_unstable();
            let expected: Vec<usize> = (0..after.len()).filter(|task| !hidden.contains(task)).collect();
            prop_assert_eq!(tasks, expected);
            prop_assert!(places.iter().all(|place| place.prefix.chars().count() <= 3 * most_depth.max(1)));
        }
    }
}
