//! Packed charts (`pkg/chart/loader/archive`): read into memory under Helm's limits, never unpacked to the disk.

use std::io::{self, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

/// The most bytes that all files of a chart may have (`MaxDecompressedChartSize`).
pub const MAX_CHART_BYTES: u64 = 100 * 1024 * 1024;

/// The most entries of an archive, headers included; empty files cost no bytes of the budget.
const MAX_ENTRIES: usize = 100_000;

/// Padding, headers and long names may add this much to what is unpacked.
const MAX_OVERHEAD_BYTES: u64 = 128 * 1024 * 1024;

/// A file of a chart before anybody knows what it is.
#[derive(Clone, Debug)]
pub(super) struct RawFile {
    /// Its path in the chart.
    pub(super) name: String,
    /// Its bytes, a byte order mark included.
    pub(super) data: Arc<[u8]>,
}

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is no gzip file.
    #[error("does not appear to be a gzipped archive")]
    NotGzip,
    /// gzip or tar is broken or cut off.
    #[error("unable to read chart archive: {0}")]
    Broken(#[from] io::Error),
    /// A path that starts with `/` behind the chart's own directory.
    #[error("chart illegally contains absolute paths")]
    AbsolutePath,
    /// A path that is the chart's directory itself.
    #[error("chart illegally contains content outside the base directory: {0:?}")]
    OutsideBase(String),
    /// A path with `..`.
    #[error("chart illegally references parent directory")]
    ParentDirectory,
    /// `c:/…`
    #[error("chart contains illegally named files")]
    IllegalName,
    /// Chart.yaml does not stand in a directory.
    #[error("chart yaml not in base directory")]
    ChartYamlOutside,
    /// Over [`MAX_CHART_BYTES`].
    #[error("decompressed chart is larger than the maximum size {MAX_CHART_BYTES}")]
    TooLarge,
    /// Over the limit of entries.
    #[error("chart archive has more than {MAX_ENTRIES} entries")]
    TooManyEntries,
    /// Nothing in it.
    #[error("no files in chart archive")]
    Empty,
}

/// Whether `data` begins like a gzip file.
pub(super) fn is_gzip(data: &[u8]) -> bool {
    data.starts_with(&[0x1f, 0x8b, 0x08])
}

/// The files of an archive in their order, the one directory that holds them taken off their names.
///
/// Links have no bytes of their own and come out empty, as in Helm.
pub(super) fn read(packed: &[u8]) -> Result<Vec<RawFile>, ArchiveError> {
    if !is_gzip(packed) {
        return Err(ArchiveError::NotGzip);
    }
    let unpacked = MultiGzDecoder::new(packed).take(MAX_CHART_BYTES + MAX_OVERHEAD_BYTES);
    let mut archive = tar::Archive::new(unpacked);
    let mut remaining = MAX_CHART_BYTES;
    let mut files = Vec::new();
    for (count, entry) in archive.entries()?.enumerate() {
        if count >= MAX_ENTRIES {
            return Err(ArchiveError::TooManyEntries);
        }
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        let full_name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if kind.is_dir()
            || kind.is_pax_global_extensions()
            || kind.is_pax_local_extensions()
            || full_name.ends_with('/')
        {
            continue;
        }
        let name = name_in_chart(&full_name)?;
        let size = entry.size();
        if size > remaining {
            return Err(ArchiveError::TooLarge);
        }
        let mut data = Vec::new();
        if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
            (&mut entry).take(remaining).read_to_end(&mut data)?;
        }
        remaining = remaining.saturating_sub(data.len() as u64);
        if remaining == 0 {
            return Err(ArchiveError::TooLarge);
        }
        files.push(RawFile { name, data: Arc::from(data) });
    }
    if files.is_empty() { Err(ArchiveError::Empty) } else { Ok(files) }
}

/// Takes the first part off a path and looks whether the rest stays in the chart.
fn name_in_chart(full: &str) -> Result<String, ArchiveError> {
    let delimiter = if full.contains('\\') { '\\' } else { '/' };
    let (first, rest) = full.split_once(delimiter).unwrap_or((full, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err(ArchiveError::AbsolutePath);
    }
    let name = super::fs::clean(&rest);
    if name.is_empty() {
        return Err(if first == "Chart.yaml" && rest.is_empty() && full == "Chart.yaml" {
            // Helm's own check for this comes too late to be reached; its wording says more.
            ArchiveError::ChartYamlOutside
        } else {
            ArchiveError::OutsideBase(full.to_owned())
        });
    }
    if name.starts_with("..") {
        return Err(ArchiveError::ParentDirectory);
    }
    let bytes = name.as_bytes();
    if bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1..3) == Some(b":/") {
        return Err(ArchiveError::IllegalName);
    }
    if first == "Chart.yaml" {
        return Err(ArchiveError::ChartYamlOutside);
    }
    Ok(name)
}
