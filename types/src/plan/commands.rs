//! The commands of a task: `commands`, then the rows of `vars`, then the product of `varsIter`,
//! each made when it is asked for.
//!
//! The first axis varies slowest. The index goes on through all three forms; `${item}` starts at 0
//! with the first row.

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

/// The candidates that a dynamic task's source printed: a list for each axis, empty for axes from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces(Vec<Vec<String>>);

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
    pub fn cut(&self, text: &str) -> Pieces {
        let cut_axis = |axis: &Axis| match axis {
            Axis::Values(_) => Vec::new(),
            Axis::Result { separator } if separator.is_empty() => vec![text.to_owned()],
            Axis::Result { separator } => {
                text.split(separator.as_str()).filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
            }
        };
        Pieces(self.axes.iter().map(cut_axis).collect())
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
            cells[axis] = &candidates[(rest % candidates.len() as u64) as usize];
            rest /= candidates.len() as u64;
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
            let last = candidates.iter().map(String::len).enumerate().max_by_key(|(_, length)| *length);
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
    pub fn candidates<'a>(&'a self, axis: usize, pieces: &'a Pieces) -> &'a [String] {
        match &self.axes[axis] {
            Axis::Values(values) => values,
            Axis::Result { .. } => pieces.0.get(axis).map_or(&[], Vec::as_slice),
        }
    }

    fn before_product(&self) -> u64 {
        self.literal.len() as u64 + self.rows.len() as u64 + u64::from(self.count)
    }
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
    fn an_empty_separator_takes_the_whole_text() {
        let axes = vec![Axis::Result { separator: String::new() }];
        let commands = Commands { template: Some(Template::new("<${1}>", 1)), axes, ..Commands::default() };
        assert_eq!(texts(&commands, "a b"), ["<a b>"]);
        assert_eq!(texts(&commands, ""), ["<>"]);
    }
}
