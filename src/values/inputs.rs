//! What the command line says about values, and reading it.

use std::sync::Arc;

use super::data::Value;
use super::notes::ValuesError;
use super::user::{SetText, user_values};
use crate::chart::{FileSystem, ParseCache, ValuesFile};
use crate::source::SourceMap;

/// The largest values file of `-f` or `--set-file`, in bytes.
pub const MAX_VALUES_BYTES: u64 = 64 << 20;

/// `-f` and the `--set` family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// `-f`: values files, later ones winning.
    pub files: Vec<InputFile>,
    /// The settings, in any order.
    pub sets: Vec<SetText>,
}

/// A values file of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Its path, or `-`.
    pub path: String,
    /// Its text, if it was not a file on the disk.
    pub text: Option<Arc<str>>,
}

/// The values of a user.
#[derive(Debug)]
pub struct UserInput {
    /// The files as trees.
    pub files: Vec<ValuesFile>,
    /// All values, merged.
    pub values: Value,
}

/// Values that can't be had.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A file that can't be read.
    #[error("{path}: {message}")]
    File {
        /// As given.
        path: String,
        /// Why.
        message: String,
    },
    /// What Helm refuses.
    #[error(transparent)]
    Values(#[from] ValuesError),
}

impl InputFile {
    /// A file on the disk.
    pub fn on_disk(path: impl Into<String>) -> Self {
        Self { path: path.into(), text: None }
    }
}

impl Inputs {
    /// Reads all files into `sources` and merges everything.
    ///
    /// # Errors
    ///
    /// A file that can't be read, and those of Helm.
    pub fn read(
        &self,
        fs: &FileSystem,
        sources: &mut SourceMap,
        cache: &ParseCache,
    ) -> Result<UserInput, InputError> {
        let mut files = Vec::with_capacity(self.files.len());
        for input in &self.files {
            let text = match &input.text {
                Some(text) => Arc::clone(text),
                None => read_text(fs, &input.path)
                    .map_err(|message| InputError::File { path: input.path.clone(), message })?,
            };
            let file = sources.add(input.path.as_str(), text);
            let stream = cache.values(sources.file(file).text());
            files.push(ValuesFile { file, stream });
        }
        let read_file = |path: &str| read_text(fs, path).map(|text| text.to_string());
        let values = user_values(&files, &self.sets, sources, &read_file)?;
        Ok(UserInput { files, values })
    }
}

fn read_text(fs: &FileSystem, path: &str) -> Result<Arc<str>, String> {
    let bytes = fs.read(path, MAX_VALUES_BYTES).map_err(|error| error.to_string())?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Arc::from(text)),
        Err(_) => Err("the file is not UTF-8".to_owned()),
    }
}
