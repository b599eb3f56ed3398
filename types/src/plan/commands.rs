//! The commands of a task: `commands`, then the rows of `vars`, then the product of `varsIter`,
//! each made when it is asked for.
//!
//! The first axis varies slowest. The index goes on through all three forms; `${item}` starts at 0
//! with the first row.

use std::sync::Arc;

use super::substitute::Template;

/// Where one column's candidates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Written in the file.
    Values(Vec<String>),
    /// What the source task printed, cut at the separator; an empty separator: all of it, as one.
    Result {
        /// The exact text between two candidates.
        separator: String,
    },
}

/// The commands of one task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// One vertex each.
    pub literal: Vec<String>,
    /// Filled with rows; absent without `commandsIter`.
    pub template: Option<Template>,
    /// Rows written as such; all of one length.
    pub rows: Vec<Vec<String>>,
    /// One for each column of the product; none: no product.
    pub axes: Vec<Axis>,
    /// So many rows without columns.
    pub count: u32,
    /// `${n}` takes any text that a task printed.
    pub allows_unsafe: bool,
}

/// The candidates that a dynamic task's source printed: for each axis their places in what it printed, none for
/// axes from the file. All tasks that read one output share it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    /// At most 4 GiB of it.
    text: Arc<str>,
    /// The first byte of each candidate, and that behind it.
    places: Vec<Vec<(u32, u32)>>,
}

/// The candidates of one axis.
#[derive(Clone, Copy, Debug)]
pub enum Candidates<'a> {
    /// Written in the file.
    Values(&'a [String]),
    /// Printed.
    Pieces {
        /// All that was printed.
        text: &'a str,
        /// Where in it they are.
        places: &'a [(u32, u32)],
    },
}

/// The longest command of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Longest {
    /// Its bytes; where an axis has no candidates (yet), those without that axis.
    pub bytes: usize,
    /// Its row, as `${item}` counts; `None` where an axis is empty or the rows are beyond counting.
    pub item: Option<u64>,
}

/// One vertex's command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The text for the shell.
    pub text: String,
    /// The row's cells: `GENE_ARG_1` is the first.
    pub arguments: Vec<String>,
}

impl Commands {
    /// The number of vertices, or `None` where it depends on what a task prints.
    pub fn static_width(&self) -> Option<u64> {
        let mut product: u64 = u64::from(!self.axes.is_empty());
        for axis in &self.axes {
            match axis {
                Axis::Values(values) => product = product.saturating_mul(values.len() as u64),
                Axis::Result { .. } => return None,
            }
        }
        Some(self.before_product().saturating_add(product))
    }

    /// The number of vertices once the pieces are known.
    pub fn width(&self, pieces: &Pieces) -> u64 {
        let product = (0..self.axes.len())
            .map(|axis| self.candidates(axis, pieces).len() as u64)
            .fold(u64::from(!self.axes.is_empty()), u64::saturating_mul);
        self.before_product().saturating_add(product)
    }

    /// Cuts what the source printed into candidates. Empty pieces do not count, unless the
    /// separator is empty: then the whole text is one candidate, even an empty one.
    ///
    /// What was printed is held as it is, and not copied where it is shared already.
    pub fn cut(&self, text: impl Into<Arc<str>>) -> Pieces {
        let text: Arc<str> = text.into();
        let cut_axis = |axis: &Axis| match axis {
            Axis::Values(_) => Vec::new(),
            Axis::Result { separator } => places(&text, separator),
        };
        let places: Vec<_> = self.axes.iter().map(cut_axis).collect();
        let pieces = Pieces { text, places };
        // Without a row nobody asks for a cell.
        let has_rows = (0..self.axes.len()).all(|axis| !self.candidates(axis, &pieces).is_empty());
        if has_rows { pieces } else { Pieces::default() }
    }

    /// The command of one index; `index` is below the width.
    pub fn command(&self, index: u64, pieces: &Pieces) -> Command {
        if let Some(text) = self.literal.get(index as usize) {
            return Command { text: text.clone(), arguments: Vec::new() };
        }
        let item = index - self.literal.len() as u64;
        let cells = self.cells(item, pieces);
        let text = self.template.as_ref().map(|template| template.fill(&cells, item)).unwrap_or_default();
        Command { text, arguments: cells.into_iter().map(str::to_owned).collect() }
    }

    /// The cells of one row; `item` counts from the first row.
    pub fn cells<'a>(&'a self, item: u64, pieces: &'a Pieces) -> Vec<&'a str> {
        if let Some(row) = self.rows.get(item as usize) {
            return row.iter().map(String::as_str).collect();
        }
        if self.axes.is_empty() {
            return Vec::new(); // `count`
        }
        let mut rest = item - self.rows.len() as u64;
        let mut cells = vec![""; self.axes.len()];
        for axis in (0..self.axes.len()).rev() {
            let candidates = self.candidates(axis, pieces);
            // Without any there is no such row.
            let count = (candidates.len() as u64).max(1);
            cells[axis] = candidates.get((rest % count) as usize).unwrap_or_default();
            rest /= count;
        }
        cells
    }

    /// The longest command of the product: on each axis the last candidate of the greatest length, as no
    /// other combination is longer. Costs a look at every candidate, not at every combination.
    pub fn longest(&self, pieces: &Pieces) -> Longest {
        let Some(template) = &self.template else { return Longest { bytes: 0, item: None } };
        let mut combination = Some(0_u64);
        let mut cells = Vec::with_capacity(self.axes.len());
        for axis in 0..self.axes.len() {
            let candidates = self.candidates(axis, pieces);
            let last = candidates.iter().map(str::len).enumerate().max_by_key(|(_, length)| *length);
            combination = combination.zip(last).and_then(|(index, (last, _))| {
                index.checked_mul(candidates.len() as u64)?.checked_add(last as u64)
            });
            cells.push(last.map_or(0, |(_, length)| length));
        }
        let item = combination.and_then(|index| (self.rows.len() as u64).checked_add(index));
        let lengths = template.lengths(self.columns());
        let bytes =
            lengths.filled(|column| cells.get(column).copied().unwrap_or(0), item.unwrap_or_default());
        Longest { bytes, item }
    }

    /// The number of columns that rows have.
    pub fn columns(&self) -> usize {
        self.rows.first().map_or(self.axes.len(), Vec::len)
    }

    /// The candidates of one axis.
    pub fn candidates<'a>(&'a self, axis: usize, pieces: &'a Pieces) -> Candidates<'a> {
        match &self.axes[axis] {
            Axis::Values(values) => Candidates::Values(values),
            Axis::Result { .. } => Candidates::Pieces {
                text: &pieces.text,
                places: pieces.places.get(axis).map_or(&[], Vec::as_slice),
            },
        }
    }

    fn before_product(&self) -> u64 {
        self.literal.len() as u64 + self.rows.len() as u64 + u64::from(self.count)
    }
}

impl<'a> Candidates<'a> {
    /// How many there are.
    pub fn len(self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Pieces { places, .. } => places.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// One of them.
    pub fn get(self, index: usize) -> Option<&'a str> {
        match self {
            Self::Values(values) => values.get(index).map(String::as_str),
            Self::Pieces { text, places } => {
                let (start, end) = *places.get(index)?;
                text.get(start as usize..end as usize)
            }
        }
    }

    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).filter_map(move |index| self.get(index))
    }
}

/// Where the candidates are in a text.
fn places(text: &str, separator: &str) -> Vec<(u32, u32)> {
    let place = |start: usize, end: usize| Some((u32::try_from(start).ok()?, u32::try_from(end).ok()?));
    if separator.is_empty() {
        return place(0, text.len()).into_iter().collect();
    }
    let mut start = 0;
    let pieces = text.split(separator).filter_map(|piece| {
        let own = start;
        start += piece.len() + separator.len();
        if piece.is_empty() { None } else { place(own, own + piece.len()) }
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(|&value| value.to_owned()).collect()
    }

    fn texts(commands: &Commands, printed: &str) -> Vec<String> {
        let pieces = commands.cut(printed);
        (0..commands.width(&pieces)).map(|index| commands.command(index, &pieces).text).collect()
    }

    #[test]
    fn an_empty_axis_makes_an_empty_product() {
        let axes = vec![Axis::Values(strings(&["a", "b"])), Axis::Values(vec![])];
        let commands = Commands { template: Some(Template::new("${1}", 2)), axes, ..Commands::default() };
        assert_eq!(commands.static_width(), Some(0));
    }

    #[test]
    fn results_are_cut_and_empty_pieces_dropped() {
        let commands = Commands {
            literal: strings(&["echo first"]),
            template: Some(Template::new("${1}-${2}", 2)),
            axes: vec![Axis::Values(strings(&["a", "b"])), Axis::Result { separator: " ".into() }],
            ..Commands::default()
        };
        assert_eq!(commands.static_width(), None);
        assert_eq!(texts(&commands, "1  3 "), ["echo first", "a-1", "a-3", "b-1", "b-3"]);
        assert_eq!(texts(&commands, ""), ["echo first"]);
    }

    #[test]
    fn what_was_printed_is_held_once() {
        let axes = || vec![Axis::Result { separator: "\n".into() }];
        let commands =
            Commands { template: Some(Template::new("${1}", 1)), axes: axes(), ..Commands::default() };
        let printed: Arc<str> = "é\n\nyy\n".into();
        let pieces = [commands.cut(Arc::clone(&printed)), commands.cut(Arc::clone(&printed))];
        assert_eq!(Arc::strong_count(&printed), 3);
        for pieces in &pieces {
            let candidates = commands.candidates(0, pieces);
            assert_eq!((candidates.len(), candidates.get(2)), (2, None));
            assert_eq!(candidates.iter().collect::<Vec<_>>(), ["é", "yy"]);
        }
        // A product that is empty holds nothing of it.
        let commands = Commands { axes: [axes(), vec![Axis::Values(vec![])]].concat(), ..commands };
        assert_eq!(commands.width(&commands.cut(Arc::clone(&printed))), 0);
        assert_eq!(Arc::strong_count(&printed), 3);
    }

    #[test]
    fn an_empty_separator_takes_the_whole_text() {
        let axes = vec![Axis::Result { separator: String::new() }];
        let commands = Commands { template: Some(Template::new("<${1}>", 1)), axes, ..Commands::default() };
        assert_eq!(texts(&commands, "a b"), ["<a b>"]);
        assert_eq!(texts(&commands, ""), ["<>"]);
    }
}
