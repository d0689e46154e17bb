//! What a person sees while a network is trained.

use super::report::Epoch;

/// What is shown of a training, on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar for each epoch, which becomes a line with its numbers. Nothing if standard error is no terminal, or without
    /// the feature `progress`.
    #[default]
    Bar,
    /// A plain line for each epoch, even if standard error is no terminal.
    Lines,
    /// Nothing.
    Silent,
}

/// Shows the epochs of one training.
pub(super) struct Display {
    lines: bool,
    epochs: usize,
    #[cfg(feature = "progress")]
    bar: Option<bar::Bar>,
}

impl Display {
    pub(super) fn new(progress: Progress, epochs: usize) -> Self {
        Self {
            lines: progress == Progress::Lines,
            epochs,
            #[cfg(feature = "progress")]
            bar: (progress == Progress::Bar && std::io::IsTerminal::is_terminal(&std::io::stderr()))
                .then(bar::Bar::default),
        }
    }

    /// An epoch of so many steps begins.
    pub(super) fn begin(&mut self, epoch: usize, steps: usize) {
        #[cfg(feature = "progress")]
        if let Some(bar) = &mut self.bar {
            bar.begin(epoch, self.epochs, steps);
        }
        let _ = (epoch, steps);
    }

    /// A step is done, and the mean loss of the epoch so far is `loss`.
    pub(super) fn step(&mut self, loss: f64) {
        #[cfg(feature = "progress")]
        if let Some(bar) = &mut self.bar {
            bar.step(loss);
        }
        let _ = loss;
    }

    /// The epoch is over.
    pub(super) fn end(&mut self, epoch: &Epoch) {
        #[cfg(feature = "progress")]
        if let Some(bar) = &mut self.bar {
            bar.end(epoch);
        }
        if self.lines {
            std::eprintln!("epoch {}/{}  {:.1}s  {epoch}", epoch.number, self.epochs, epoch.seconds);
        }
    }
}

#[cfg(feature = "progress")]
mod bar {
    use std::format;
    use std::string::String;
    use std::time::{Duration, Instant};

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

    use super::Epoch;
    use crate::train::report::Short;

    /// The least time between two looks of the bar.
    const REFRESH: Duration = Duration::from_millis(100);

    /// The bar of the epoch that is under way.
    #[derive(Default)]
    pub(in super::super) struct Bar {
        current: Option<Current>,
    }

    struct Current {
        bar: ProgressBar,
        begin: Instant,
        shown: Instant,
        steps: u64,
    }

    impl Bar {
        pub fn begin(&mut self, epoch: usize, epochs: usize, steps: usize) {
            let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
            bar.set_style(style("{prefix:>11} [{bar:24}] {pos}/{len}  {msg}"));
            bar.set_prefix(format!("epoch {epoch}/{epochs}"));
            let now = Instant::now();
            self.current = Some(Current { bar, begin: now, shown: now, steps: 0 });
        }

        pub fn step(&mut self, loss: f64) {
            let Some(Current { bar, begin, shown, steps }) = &mut self.current else { return };
            *steps += 1;
            if shown.elapsed() >= REFRESH {
                *shown = Instant::now();
                bar.set_message(format!("{:.1}s  loss {}", begin.elapsed().as_secs_f64(), Short(loss)));
                bar.set_position(*steps);
            }
        }

        pub fn end(&mut self, epoch: &Epoch) {
            if let Some(Current { bar, .. }) = self.current.take() {
                // The line of loss and one metric fits a terminal of 80 columns, if a time that would read 0.0s is left out.
                let time = if epoch.seconds < 0.05 { String::new() } else { format!("  {:.1}s", epoch.seconds) };
                bar.set_style(style("{prefix:>11}  {msg}"));
                bar.abandon_with_message(format!("{epoch}{time}"));
            }
        }
    }

    impl Drop for Bar {
        fn drop(&mut self) {
            // An error ended the training: the unfinished bar stays visible.
            if let Some(Current { bar, .. }) = self.current.take() {
                bar.abandon();
            }
        }
    }

    fn style(template: &str) -> ProgressStyle {
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
    }
}
