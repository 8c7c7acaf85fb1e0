//! QR codes of links, for letters.

use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};

/// Pixels of a module in PNG: at 300 dpi a link of 40 characters has 2.5 cm.
const MODULE_PIXELS: usize = 8;
/// Modules of white around the code, as ISO/IEC 18004 demands.
const QUIET_ZONE: usize = 4;
/// Size of an SVG image that does not say how large it is shown.
const SVG_SIZE: u32 = 256;

/// A code cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum QrError {
    /// The text has more than a QR code holds, some 2,300 bytes.
    #[error("the URL is too long for a QR code")]
    TooLong,
    /// The image cannot be written.
    #[error(transparent)]
    Png(#[from] png::EncodingError),
}

/// The format of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QrFormat {
    /// Sharp at any size.
    Svg,
    /// For programs that read no SVG; black and white, 8 pixels a module.
    Png,
}

impl QrFormat {
    /// The ending of a file.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// The name of the image of a row among `rows`, counted from 1: `001.svg`.
    #[must_use]
    pub fn name(self, row: usize, rows: usize) -> String {
        format!("{row:0digits$}.{}", self.extension(), digits = rows.to_string().len())
    }

    /// Draws the code of a URL.
    ///
    /// # Errors
    /// Returns [`QrError::TooLong`] if the URL does not fit into a code.
    pub fn image(self, url: &str) -> Result<Vec<u8>, QrError> {
        let code = QrCode::with_error_correction_level(url, EcLevel::M).map_err(|_| QrError::TooLong)?;
        match self {
            Self::Svg => Ok(code.render::<svg::Color<'_>>().min_dimensions(SVG_SIZE, SVG_SIZE).build().into_bytes()),
            Self::Png => Ok(png(&code)?),
        }
    }
}

/// The image in black and white, one bit for each pixel.
fn png(code: &QrCode) -> Result<Vec<u8>, png::EncodingError> {
    let modules = code.width();
    let pixels = (modules + 2 * QUIET_ZONE) * MODULE_PIXELS;
    let colors = code.to_colors();
    let is_dark = |x: usize, y: usize| {
        let module = |pixel: usize| (pixel / MODULE_PIXELS).checked_sub(QUIET_ZONE).filter(|module| *module < modules);
        module(x).zip(module(y)).is_some_and(|(x, y)| colors[y * modules + x] == Color::Dark)
    };
    let byte = |y: usize, byte: usize| {
        (byte * 8..byte * 8 + 8).fold(0, |bits, x| bits << 1 | u8::from(x < pixels && !is_dark(x, y)))
    };
    let data: Vec<u8> =
        (0..pixels).flat_map(|y| (0..pixels.div_ceil(8)).map(move |at| (y, at))).map(|(y, at)| byte(y, at)).collect();
    let size = u32::try_from(pixels).expect("a code has at most 177 modules");
    let mut image = Vec::new();
    let mut encoder = png::Encoder::new(&mut image, size, size);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    // Each row of pixels is there eight times, so the difference to the row above is mostly nothing.
    encoder.set_filter(png::FilterType::Up);
    encoder.set_compression(png::Compression::Default);
    encoder.write_header()?.write_image_data(&data)?;
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_of_a_link_has_less_than_700_bytes() {
        for number in 0..20 {
            let url = format!("https://go.example.com/{:0>16}", number * 7_919);
            let image = QrFormat::Png.image(&url).expect("a code");
            assert!(image.len() < 700, "{}", image.len());
        }
    }

    #[test]
    fn images_are_named_so_that_they_sort_by_row() {
        assert_eq!(QrFormat::Png.name(7, 10_000), "00007.png");
        assert_eq!(QrFormat::Svg.name(7, 9), "7.svg");
    }
}
