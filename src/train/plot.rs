//! Learning curves.

use std::borrow::ToOwned;
use std::boxed::Box;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

use core::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use super::report::{Epoch, Report};
use crate::io::replace::replace;

/// The size of a picture with one panel, in pixels.
const WIDTH: u32 = 720;
const HEIGHT: u32 = 440;

/// `DejaVu Sans` with the characters of ASCII, so that no font of the system is needed.
const FONT: &[u8] = include_bytes!("plot/DejaVuSans-ASCII.ttf");

/// The colours of training and validation; told apart by the colour-blind too (Okabe and Ito, 2008).
const TRAINING: RGBColor = RGBColor(0, 114, 178);
const VALIDATION: RGBColor = RGBColor(213, 94, 0);

/// Why learning curves could not be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The file's name says neither of the two formats.
    #[error("cannot plot to `{path}`: the name must end in `.svg` or `.png`")]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to draw.
    #[error("the report holds no epochs; there is nothing to plot")]
    NoEpochs,
    /// The file could not be drawn or written.
    #[error("cannot plot to `{path}`: {reason}")]
    Draw {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
}

impl Report {
    /// Draws the loss and each metric over the epochs, on the training samples and on the validation samples, to an SVG
    /// or a PNG file: its name ends in `.svg` or `.png`.
    ///
    /// # Errors
    /// If the name ends otherwise, if there are no epochs, or if the file cannot be written; an old file then stays as it was.
    ///
    /// ```
    /// use tintype::train::{Epoch, Evaluation, Report, Stop};
    /// let epoch = |number: usize| Epoch {
    ///     number,
    ///     training: Evaluation { loss: 1.0 / number as f64, metrics: vec![] },
    ///     validation: None,
    ///     rate: 1.0,
    ///     seconds: 1.0,
    ///     training_seconds: 0.9,
    /// };
    /// let report =
    ///     Report { epochs: vec![epoch(1), epoch(2)], step_losses: vec![], best_epoch: Some(2), stop: Stop::Epochs };
    /// # let path = std::env::temp_dir().join(format!("tintype-plot-{}.svg", std::process::id()));
    /// report.save_plot(&path)?;
    /// assert!(std::fs::read_to_string(&path)?.contains("epoch"));
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn save_plot(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let path = path.as_ref();
        if self.epochs.is_empty() {
            return Err(PlotError::NoEpochs);
        }
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let drawn = match extension.to_ascii_lowercase().as_str() {
            "svg" => self.draw_svg(path),
            "png" => self.draw_png(path),
            _ => return Err(PlotError::Format { path: path.to_owned() }),
        };
        drawn.map_err(|reason| PlotError::Draw { path: path.to_owned(), reason: std::format!("{reason}") })
    }

    fn draw_svg(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let mut svg = String::new();
        self.draw(&SVGBackend::with_string(&mut svg, self.size()).into_drawing_area())?;
        replace(path, |file| file.write_all(svg.as_bytes()))?;
        Ok(())
    }

    fn draw_png(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let (width, height) = self.size();
        let mut pixels = std::vec![0; width as usize * height as usize * 3];
        self.draw(&BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area())?;
        replace(path, |file| {
            let mut encoder = png::Encoder::new(file, width, height);
            encoder.set_color(png::ColorType::Rgb);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(&pixels)?;
            Ok(writer.finish()?)
        })?;
        Ok(())
    }

    /// The names of the panels: the loss, and each metric.
    fn panels(&self) -> Vec<&str> {
        let metrics = self.epochs.iter().take(1).flat_map(|epoch| &epoch.training.metrics);
        core::iter::once("loss").chain(metrics.map(|(name, _)| *name)).collect()
    }

    fn size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT * self.panels().len() as u32)
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), Box<dyn Error>>
    where
        B::ErrorType: 'static,
    {
        register_font("sans-serif", FontStyle::Normal, FONT).map_err(|_| "the font is broken")?;
        area.fill(&WHITE)?;
        let panels = self.panels();
        for (index, (name, part)) in panels.iter().zip(area.split_evenly((panels.len(), 1))).enumerate() {
            let curves: Vec<_> = [Side::Training, Side::Validation]
                .into_iter()
                .map(|side| (side, self.curve(side, index)))
                .filter(|(_, curve)| !curve.is_empty())
                .collect();
            panel(&part, name, self.epochs.len(), &curves)?;
        }
        area.present()?;
        Ok(())
    }

    /// The points of a curve: the loss is number 0, the metrics follow.
    fn curve(&self, side: Side, index: usize) -> Vec<(f64, f64)> {
        let point = |epoch: &Epoch| {
            let evaluation = match side {
                Side::Training => Some(&epoch.training),
                Side::Validation => epoch.validation.as_ref(),
            }?;
            let value = match index.checked_sub(1) {
                None => evaluation.loss,
                Some(metric) => evaluation.metrics.get(metric)?.1,
            };
            value.is_finite().then_some((epoch.number as f64, value))
        };
        self.epochs.iter().filter_map(point).collect()
    }
}

#[derive(Clone, Copy)]
enum Side {
    Training,
    Validation,
}

fn panel<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    name: &str,
    epochs: usize,
    curves: &[(Side, Vec<(f64, f64)>)],
) -> Result<(), Box<dyn Error>>
where
    B::ErrorType: 'static,
{
    let values = curves.iter().flat_map(|(_, curve)| curve.iter().map(|(_, value)| *value));
    let grey = RGBColor(90, 90, 90);
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .margin_right(28)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(epoch_axis(epochs), value_axis(values))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(RGBColor(225, 225, 225))
        .light_line_style(TRANSPARENT)
        .axis_style(grey)
        .x_labels(epochs.min(10))
        .y_labels(6)
        .x_label_formatter(&|epoch| whole(*epoch))
        .y_label_formatter(&|value| short(*value))
        .label_style(("sans-serif", 15).into_font().color(&grey))
        .axis_desc_style(("sans-serif", 16))
        .x_desc("epoch")
        .y_desc(name)
        .draw()?;
    for (side, curve) in curves {
        let (label, colour) = match side {
            Side::Training => ("training", TRAINING),
            Side::Validation => ("validation", VALIDATION),
        };
        let style = colour.stroke_width(2);
        let line = chart.draw_series(LineSeries::new(curve.iter().copied(), style))?;
        line.label(label).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        if curve.len() <= 30 {
            chart.draw_series(curve.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
        }
    }
    let corner = if falls(curves) { SeriesLabelPosition::UpperRight } else { SeriesLabelPosition::LowerRight };
    chart
        .configure_series_labels()
        .position(corner)
        .margin(12)
        .legend_area_size(24)
        .background_style(WHITE.mix(0.85))
        .border_style(RGBColor(200, 200, 200))
        .label_font(("sans-serif", 15))
        .draw()?;
    Ok(())
}

/// The epochs with half of one on either side.
fn epoch_axis(epochs: usize) -> Range<f64> {
    0.5..epochs as f64 + 0.5
}

/// From a little below the smallest value to a little above the largest.
fn value_axis(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return 0.0..1.0;
    }
    let margin = if high > low { (high - low) * 0.06 } else { high.abs().max(1.0) * 0.06 };
    // A loss that is nearly zero looks so only over an axis that begins there.
    let bottom = if low >= 0.0 && low < high * 0.3 { 0.0 } else { low - margin };
    bottom..high + margin
}

/// Whether the curves end lower than they begin, so that there is room above their ends.
fn falls(curves: &[(Side, Vec<(f64, f64)>)]) -> bool {
    curves.first().is_some_and(|(_, curve)| {
        let value = |point: Option<&(f64, f64)>| point.map_or(0.0, |(_, value)| *value);
        value(curve.last()) <= value(curve.first())
    })
}

/// A label for a whole number, none for the numbers between.
fn whole(epoch: f64) -> String {
    if epoch.fract().abs() < 1e-9 { std::format!("{epoch:.0}") } else { String::new() }
}

/// A label with the digits that there are room for.
fn short(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e5).contains(&size) {
        return std::format!("{value:.1e}");
    }
    let text = std::format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Evaluation, Stop};
    use std::string::ToString;

    fn report(epochs: usize, loss: f64) -> Report {
        let scores = |loss: f64| Evaluation { loss, metrics: std::vec![("accuracy", 0.5)] };
        let epoch = |number: usize| Epoch {
            number,
            training: scores(loss / number as f64),
            validation: Some(scores(loss)),
            rate: 1.0,
            seconds: 0.1,
            training_seconds: 0.1,
        };
        let epochs = (1..=epochs).map(epoch).collect();
        Report { epochs, step_losses: Vec::new(), best_epoch: None, stop: Stop::Epochs }
    }

    #[test]
    fn every_report_can_be_drawn() {
        let directory = tempfile::tempdir().unwrap();
        for (epochs, loss) in [(1, 1.0), (1, 0.0), (3, f64::NAN), (3, 1e300), (3, -1e-300), (200, 1.0)] {
            for name in ["curve.svg", "curve.PNG"] {
                report(epochs, loss).save_plot(directory.path().join(name)).unwrap();
            }
        }
    }

    #[test]
    fn an_svg_has_text_and_a_png_has_the_size() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name| directory.path().join(name);
        report(2, 1.0).save_plot(path("curve.svg")).unwrap();
        let svg = std::fs::read_to_string(path("curve.svg")).unwrap();
        assert!(["training", "validation", "accuracy", "loss", "epoch"].iter().all(|word| svg.contains(word)));
        report(2, 1.0).save_plot(path("curve.png")).unwrap();
        let reader = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path("curve.png")).unwrap()));
        let reader = reader.read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), (WIDTH, 2 * HEIGHT));
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        let error = report(2, 1.0).save_plot("curve.jpg").unwrap_err();
        assert_eq!(error.to_string(), "cannot plot to `curve.jpg`: the name must end in `.svg` or `.png`");
        assert!(matches!(report(0, 1.0).save_plot("curve.svg"), Err(PlotError::NoEpochs)));
        assert!(matches!(report(1, 1.0).save_plot("no/such/directory/curve.png"), Err(PlotError::Draw { .. })));
    }
}
