//! What there is to say of a training.

use core::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use super::evaluator::Evaluation;
use crate::io::replace::replace;

/// One epoch of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// Its number, from 1.
    pub number: usize,
    /// The means over the training samples, each measured in the step that took it: in training mode, with weights that
    /// moved meanwhile, and without the penalty.
    pub training: Evaluation,
    /// The means over the validation samples, with the weights at the end of the epoch.
    pub validation: Option<Evaluation>,
    /// What the optimizer's learning rate was multiplied by in the last step.
    pub rate: f64,
    /// How long it took, validation included.
    pub seconds: f64,
    /// How long its training took, without the validation.
    pub training_seconds: f64,
}

impl Epoch {
    /// The loss that tells whether the epoch is the best so far: on the validation samples if there are some.
    pub fn watched_loss(&self) -> f64 {
        self.validation.as_ref().unwrap_or(&self.training).loss
    }

    /// Losses and metrics with their names, those of the validation samples behind `val_` as Keras writes them.
    pub(super) fn numbers(&self) -> impl Iterator<Item = (String, f64)> {
        let training = named("", &self.training);
        let validation = self.validation.iter().flat_map(|evaluation| named("val_", evaluation));
        training.chain(validation)
    }
}

fn named(prefix: &str, evaluation: &Evaluation) -> impl Iterator<Item = (String, f64)> {
    let all = core::iter::once(("loss", evaluation.loss)).chain(evaluation.metrics.iter().copied());
    all.map(move |(name, value)| (std::format!("{prefix}{name}"), value))
}

/// The numbers alone, as a progress bar shows them: `loss 0.1234  accuracy 0.9712  val_loss 0.2345`.
impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.numbers().enumerate() {
            let gap = if index == 0 { "" } else { "  " };
            write!(f, "{gap}{name} {}", Short(value))?;
        }
        Ok(())
    }
}

/// Displayed, a number with four decimals, or with four digits where these would not show.
pub(super) struct Short(pub f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size == 0.0 || (1e-3..1e5).contains(&size) || !size.is_finite() {
            f.pad(&std::format!("{:.4}", self.0))
        } else {
            f.pad(&std::format!("{:.3e}", self.0))
        }
    }
}

/// Why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// All epochs are over.
    Epochs,
    /// The largest number of steps is reached.
    MaxSteps,
    /// The training loss of an epoch is below the threshold.
    BelowLoss,
    /// The watched loss has not improved for as many epochs as patience lasted.
    Early,
    /// A callback asked for it.
    Callback,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Epochs => "all epochs are over",
            Self::MaxSteps => "the largest number of steps is reached",
            Self::BelowLoss => "the loss is below the threshold",
            Self::Early => "the loss has stopped improving",
            Self::Callback => "a callback has asked for the end",
        })
    }
}

/// Every number of a training. Displayed, it is a table of the epochs.
///
/// ```
/// use tintype::train::{Epoch, Evaluation, Report, Stop};
/// let scores = |loss, accuracy| Evaluation { loss, metrics: vec![("accuracy", accuracy)] };
/// let epoch = Epoch {
///     number: 1,
///     training: scores(0.5, 0.75),
///     validation: Some(scores(0.25, 0.875)),
///     rate: 1.0,
///     seconds: 1.5,
///     training_seconds: 1.25,
/// };
/// let report = Report { epochs: vec![epoch], step_losses: vec![0.5], best_epoch: Some(1), stop: Stop::Epochs };
/// let table = "\
/// epoch    loss  accuracy  val_loss  val_accuracy  rate_factor  seconds
///     1  0.5000    0.7500    0.2500        0.8750       1.0000     1.50  best
/// all epochs are over
/// ";
/// assert_eq!(report.to_string(), table);
/// let csv = "epoch,loss,accuracy,val_loss,val_accuracy,rate_factor,seconds\n1,0.5,0.75,0.25,0.875,1,1.5\n";
/// assert_eq!(report.to_csv(), csv);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The epochs in their order.
    pub epochs: Vec<Epoch>,
    /// The mean loss of each batch, measured before the step that it led to.
    pub step_losses: Vec<f64>,
    /// The number, from 1, of the epoch with the lowest watched loss; with early stopping, of the last one that lowered it
    /// by more than `min_delta`.
    pub best_epoch: Option<usize>,
    /// Why it ended.
    pub stop: Stop,
}

impl Report {
    /// The last epoch.
    pub fn last(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// The epoch number [`best_epoch`](Self::best_epoch).
    pub fn best(&self) -> Option<&Epoch> {
        self.epochs.iter().find(|epoch| Some(epoch.number) == self.best_epoch)
    }

    /// The names of the columns that hold losses and metrics.
    fn columns(&self) -> Vec<String> {
        self.epochs.first().map(|epoch| epoch.numbers().map(|(name, _)| name).collect()).unwrap_or_default()
    }

    /// The epochs as comma-separated values, with a header and all digits.
    pub fn to_csv(&self) -> String {
        let mut csv = String::from("epoch");
        for column in self.columns() {
            csv.push(',');
            csv.push_str(&column);
        }
        csv.push_str(",rate_factor,seconds\n");
        for epoch in &self.epochs {
            csv.push_str(&epoch.number.to_string());
            let numbers = epoch.numbers().map(|(_, value)| value).chain([epoch.rate, epoch.seconds]);
            for value in numbers {
                csv.push(',');
                csv.push_str(&value.to_string());
            }
            csv.push('\n');
        }
        csv
    }

    /// Writes the epochs as comma-separated values to a file, in place of what is there.
    ///
    /// # Errors
    /// Those of the operating system, with the name of the file. An old file stays as it was.
    pub fn save_csv(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        replace(path, |file| file.write_all(self.to_csv().as_bytes()))
            .map_err(|error| io::Error::new(error.kind(), std::format!("cannot write `{}`: {error}", path.display())))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns();
        let width = |name: &str| name.len().max(6);
        write!(f, "epoch")?;
        columns.iter().try_for_each(|name| write!(f, "  {name:>0$}", width(name)))?;
        writeln!(f, "  rate_factor  seconds")?;
        for epoch in &self.epochs {
            write!(f, "{:>5}", epoch.number)?;
            for (name, value) in epoch.numbers() {
                write!(f, "  {:>1$}", Short(value), width(&name))?;
            }
            let best = if Some(epoch.number) == self.best_epoch { "  best" } else { "" };
            writeln!(f, "  {:>11}  {:>7.2}{best}", Short(epoch.rate), epoch.seconds)?;
        }
        writeln!(f, "{}", self.stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_keep_their_meaning() {
        let short = |x: f64| Short(x).to_string();
        assert_eq!((short(0.0), short(0.123_456), short(-3.0)), ("0.0000".into(), "0.1235".into(), "-3.0000".into()));
        assert_eq!((short(1.5e-7), short(2e9)), ("1.500e-7".into(), "2.000e9".into()));
        let evaluation = Evaluation { loss: 1.5e-7, metrics: std::vec![("mean_absolute_error", 0.25)] };
        assert_eq!(evaluation.to_string(), "loss 1.500e-7, mean_absolute_error 0.2500");
    }

    #[test]
    fn a_table_is_written_whole_or_the_error_names_the_file() {
        let report = Report { epochs: Vec::new(), step_losses: Vec::new(), best_epoch: None, stop: Stop::Epochs };
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.csv");
        std::fs::write(&path, "something longer than a header without columns").unwrap();
        report.save_csv(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), report.to_csv());
        let error = report.save_csv("no/such/directory/report.csv").unwrap_err();
        assert!(error.to_string().starts_with("cannot write `no/such/directory/report.csv`: "), "{error}");
    }
}
