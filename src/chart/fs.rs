//! Where files come from: the disk, or a tree in memory. The only user of `std::fs`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files by path with `/` between its parts.
#[derive(Clone, Debug, Default)]
pub enum FileSystem {
    /// The disk; relative paths start at the working directory.
    #[default]
    Disk,
    /// Files in memory by their whole path, without `./` in front; directories are those that hold one.
    Memory(BTreeMap<String, Arc<[u8]>>),
}

/// What a path leads to, symbolic links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A device, a pipe, a socket.
    Irregular,
}

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The name; what is not UTF-8 in it is replaced.
    pub name: String,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

impl FileSystem {
    /// A tree in memory.
    pub fn memory<N: Into<String>, D: Into<Arc<[u8]>>>(
        files: impl IntoIterator<Item = (N, D)>,
    ) -> Self {
        Self::Memory(files.into_iter().map(|(name, data)| (name.into(), data.into())).collect())
    }

    /// What `path` is.
    ///
    /// # Errors
    ///
    /// It does not exist, is a broken or circular link, or can't be looked at.
    pub fn kind(&self, path: &str) -> io::Result<FileKind> {
        match self {
            Self::Disk => {
                let metadata = std::fs::metadata(on_disk(path))?;
                Ok(if metadata.is_dir() {
                    FileKind::Directory
                } else if metadata.is_file() {
                    FileKind::File
                } else {
                    FileKind::Irregular
                })
            }
            Self::Memory(files) => {
                let path = clean(path);
                if files.contains_key(&path) {
                    return Ok(FileKind::File);
                }
                match below(files, &path).next() {
                    Some(_) => Ok(FileKind::Directory),
                    None => Err(not_found()),
                }
            }
        }
    }

    /// Whether `path` is a regular file.
    pub fn is_file(&self, path: &str) -> bool {
        matches!(self.kind(path), Ok(FileKind::File))
    }

    /// The bytes of a file, at most `limit` of them and one more, so that a longer file can be told.
    pub fn read(&self, path: &str, limit: u64) -> io::Result<Arc<[u8]>> {
        match self {
            Self::Disk => {
                use io::Read as _;
                let file = std::fs::File::open(on_disk(path))?;
                // One call reads most files whole if there is room for all of it from the start.
                let expected = file.metadata()?.len().min(limit).saturating_add(1);
                let mut data = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
                file.take(limit.saturating_add(1)).read_to_end(&mut data)?;
                Ok(Arc::from(data))
            }
            Self::Memory(files) => files.get(&clean(path)).cloned().ok_or_else(not_found),
        }
    }

    /// The names in a directory, sorted by their bytes.
    pub fn list(&self, path: &str) -> io::Result<Vec<DirectoryEntry>> {
        let mut entries = match self {
            Self::Disk => std::fs::read_dir(on_disk(path))?
                .map(|entry| {
                    let entry = entry?;
                    let is_link = entry.file_type()?.is_symlink();
                    let name = entry.file_name().to_string_lossy().into_owned();
                    Ok(DirectoryEntry { name, is_link })
                })
                .collect::<io::Result<Vec<_>>>()?,
            Self::Memory(files) => {
                let path = clean(path);
                let mut names: Vec<String> = below(files, &path)
                    .filter_map(|rest| rest.split('/').next().map(str::to_owned))
                    .collect();
                names.dedup();
                names.into_iter().map(|name| DirectoryEntry { name, is_link: false }).collect()
            }
        };
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries.dedup_by(|a, b| a.name == b.name);
        Ok(entries)
    }

    /// One name for all ways to the same file, to tell circles of links.
    pub fn canonical(&self, path: &str) -> io::Result<String> {
        match self {
            Self::Disk => {
                Ok(std::fs::canonicalize(on_disk(path))?.to_string_lossy().replace('\\', "/"))
            }
            Self::Memory(_) => Ok(clean(path)),
        }
    }
}

fn on_disk(path: &str) -> PathBuf {
    if path.is_empty() { PathBuf::from(".") } else { Path::new(path).to_path_buf() }
}

fn not_found() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "no such file or directory")
}

/// What follows `directory/` in the paths of the files in it.
fn below<'f>(
    files: &'f BTreeMap<String, Arc<[u8]>>,
    directory: &str,
) -> impl Iterator<Item = &'f str> {
    let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    files.range(prefix.clone()..).map_while(move |(path, _)| path.strip_prefix(prefix.as_str()))
}

/// `path` without `.` parts, `..` resolved by name, and without a slash at the end (Go's `path.Clean`, but `""` for
/// `.`).
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if rooted { format!("/{joined}") } else { joined }
}

/// What follows the last dot of the last part (Go's `path.Ext` without the dot).
pub(super) fn extension(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or(path);
    last.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// `directory/name`; `name` alone in the working directory.
pub fn join(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_owned(),
        _ if directory.ends_with('/') => format!("{directory}{name}"),
        _ => format!("{directory}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, kind: Option<FileKind>, names: &[&str]) {
        let files = ["a/b/c.yaml", "a/b.yaml", "a/b/d.yaml", "x"];
        let fs = FileSystem::memory(files.map(|name| (name, b"".as_slice())));
        assert_eq!(fs.kind(path).ok(), kind, "{path}");
        let listed: Vec<String> =
            fs.list(path).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!(listed, names, "{path}");
    }

    #[test]
    fn trees_in_memory_have_directories() {
        check(".", Some(FileKind::Directory), &["a", "x"]);
        check("a", Some(FileKind::Directory), &["b", "b.yaml"]);
        check("./a/../a/b/", Some(FileKind::Directory), &["c.yaml", "d.yaml"]);
        check("x", Some(FileKind::File), &[]);
        check("nowhere", None, &[]);
    }

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, cleaned) in
            [("a/./b//c/", "a/b/c"), ("a/../../b", "../b"), ("/../a", "/a"), (".", ""), ("", "")]
        {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }
}
