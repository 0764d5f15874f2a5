//! Values at run time: what Go's `reflect` sees in a Helm template, each with the memory of the file it came from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::text::{MemoryId, Text};

/// A value and where it came from.
#[derive(Clone, Debug, Default)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// The entry of a values file that it is, if it is one. Texts also carry it in their runs.
    pub memory: MemoryId,
}

/// What a value is.
#[derive(Clone, Debug, Default)]
pub enum Kind {
    /// Go's nil interface, and the zero `reflect.Value`: a key that is not there.
    #[default]
    Nil,
    /// `bool`
    Bool(bool),
    /// An integer type.
    Int(i64, IntType),
    /// `float64`
    Float(f64),
    /// `string`
    Str(Text),
    /// A slice.
    List(Rc<List>),
    /// A map; a reference, as in Go.
    Map(Rc<Map>),
    /// A struct, or a type with methods.
    Struct(Rc<Struct>),
    /// `[]byte`
    Bytes(Arc<[u8]>),
}

/// Integer types that occur in Helm templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntType {
    /// `int`: constants, `len`, `until`, `atoi`, `int`
    Int,
    /// `int64`: arithmetic, `int64`, `--set`
    Int64,
    /// `uint8`: an indexed string
    Uint8,
    /// `int32`: a character while ranging (Go's rune)
    Int32,
    /// `uint64`: numbers beyond `int64`, parts of a version
    Uint64,
    /// `time.Duration`, nanoseconds
    Duration,
    /// `time.Month`
    Month,
    /// `time.Weekday`
    Weekday,
}

/// Element type of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListType {
    /// `[]interface {}`
    Any,
    /// `[]interface {}` that is nil: empty, and null in JSON and YAML
    NilAny,
    /// `[]string`
    Strings,
    /// `[]string` that is nil: empty, and null in JSON and YAML
    NilStrings,
    /// `[]int`
    Ints,
    /// `[][]interface {}`
    Lists,
    /// `common.VersionSet`: `.Capabilities.APIVersions`, with the method `Has`
    VersionSet,
    /// `[]*chart.Dependency` and other slices of structs
    Structs(&'static str),
}

impl ListType {
    /// Whether a slice of this type is nil.
    pub const fn is_nil(self) -> bool {
        matches!(self, Self::NilAny | Self::NilStrings)
    }
}

/// A slice. Templates can't change one.
#[derive(Debug)]
pub struct List {
    /// The elements.
    pub items: Vec<Value>,
    /// Their type.
    pub ty: ListType,
}

/// Type of a map; all have string keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapType {
    /// `map[string]interface {}`
    Any,
    /// `common.Values`, which is a `map[string]interface {}` with methods
    Values,
    /// `map[string]string`: `split`, annotations
    Strings,
    /// `map[string]string` that is nil: empty, and null in JSON and YAML
    NilStrings,
    /// `engine.files`: `map[string][]byte` with `Get`, `Glob` and so on
    Files,
}

impl MapType {
    /// Whether a map of this type is nil.
    pub const fn is_nil(self) -> bool {
        matches!(self, Self::NilStrings)
    }
}

/// What is in a map.
pub type Entries = BTreeMap<Arc<str>, Value>;

/// A map. Iteration is in key order, as templates see it.
#[derive(Debug)]
pub struct Map {
    /// The entries; `set` and `merge` change them for all who hold the map, under whatever type.
    pub entries: Rc<RefCell<Entries>>,
    /// Its type.
    pub ty: MapType,
}

/// A struct's type; methods hang on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StructType {
    /// `.Chart`: chart metadata with `IsRoot`
    Chart,
    /// `chart.Dependency`, `chart.Maintainer` and other data without methods; the name is Go's.
    Data(&'static str),
    /// `*common.Capabilities`
    Capabilities,
    /// `common.KubeVersion` where it stands in `.Capabilities`: has methods, and prints its version
    KubeVersion,
    /// A copy of it, which has no methods for Go: they need its address
    KubeVersionCopy,
    /// `*semver.Version`: prints itself
    Semver,
    /// `time.Time`; fields are private
    Time,
    /// `sprig.certificate`
    Certificate,
}

/// A struct.
#[derive(Debug)]
pub struct Struct {
    /// Its type.
    pub ty: StructType,
    /// Exported fields in Go's order.
    pub fields: Vec<Field>,
    /// What its methods need and templates can't see: the point in time, the version's text.
    pub hidden: Value,
}

/// A struct's field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name in Go.
    pub name: &'static str,
    /// Name in JSON; `None` if it is never written.
    pub json: Option<&'static str>,
    /// Left out of JSON where it is empty.
    pub omit_empty: bool,
    /// Value.
    pub value: Value,
}

impl Value {
    /// A value without memory.
    pub const fn new(kind: Kind) -> Self {
        Self { kind, memory: MemoryId::NONE }
    }

    /// nil
    pub const NIL: Self = Self::new(Kind::Nil);

    /// `bool`
    pub const fn bool(value: bool) -> Self {
        Self::new(Kind::Bool(value))
    }

    /// `int`
    pub const fn int(value: i64) -> Self {
        Self::new(Kind::Int(value, IntType::Int))
    }

    /// `int64`
    pub const fn int64(value: i64) -> Self {
        Self::new(Kind::Int(value, IntType::Int64))
    }

    /// `float64`
    pub const fn float(value: f64) -> Self {
        Self::new(Kind::Float(value))
    }

    /// `string`
    pub const fn text(text: Text) -> Self {
        Self::new(Kind::Str(text))
    }

    /// A `string` whose origin is not known yet; functions use [`super::functions::Call::string`] instead.
    pub fn plain(text: impl Into<Arc<str>>) -> Self {
        Self::text(Text::plain(text))
    }

    /// A slice.
    pub fn list_of(items: Vec<Self>, ty: ListType) -> Self {
        Self::new(Kind::List(Rc::new(List { items, ty })))
    }

    /// `[]interface {}`
    pub fn list(items: Vec<Self>) -> Self {
        Self::list_of(items, ListType::Any)
    }

    /// `[]string`
    pub fn strings(items: impl IntoIterator<Item = Text>) -> Self {
        Self::list_of(items.into_iter().map(Self::text).collect(), ListType::Strings)
    }

    /// A map.
    pub fn map_of(entries: BTreeMap<Arc<str>, Self>, ty: MapType) -> Self {
        Self::new(Kind::Map(Rc::new(Map { entries: Rc::new(RefCell::new(entries)), ty })))
    }

    /// `map[string]interface {}`
    pub fn map(entries: BTreeMap<Arc<str>, Self>) -> Self {
        Self::map_of(entries, MapType::Any)
    }

    /// The same map under another type, as Go converts one; anything else stays as it is.
    pub fn as_map_type(&self, ty: MapType) -> Self {
        match &self.kind {
            Kind::Map(map) if map.ty != ty => {
                let map = Map { entries: Rc::clone(&map.entries), ty };
                Self { kind: Kind::Map(Rc::new(map)), memory: self.memory }
            }
            _ => self.clone(),
        }
    }

    /// A struct.
    pub fn structure(ty: StructType, fields: Vec<Field>, hidden: Self) -> Self {
        Self::new(Kind::Struct(Rc::new(Struct { ty, fields, hidden })))
    }

    /// What a function gets of it: Go copies structs, and a copy has no methods that need an address.
    pub fn passed(self) -> Self {
        match &self.kind {
            Kind::Struct(value) if value.ty == StructType::KubeVersion => Self::structure(
                StructType::KubeVersionCopy,
                value.fields.clone(),
                value.hidden.clone(),
            ),
            _ => self,
        }
    }

    /// The same value as the entry of a values file.
    pub fn with_memory(mut self, memory: MemoryId) -> Self {
        self.memory = memory;
        self
    }

    /// Whether it is nil.
    pub const fn is_nil(&self) -> bool {
        matches!(self.kind, Kind::Nil)
    }

    /// The text of a `string`.
    pub const fn as_text(&self) -> Option<&Text> {
        match &self.kind {
            Kind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The characters of a `string`.
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(Text::as_str)
    }

    /// The slice.
    pub const fn as_list(&self) -> Option<&Rc<List>> {
        match &self.kind {
            Kind::List(list) => Some(list),
            _ => None,
        }
    }

    /// The map.
    pub const fn as_map(&self) -> Option<&Rc<Map>> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// What `if` thinks of it (Go `text/template.IsTrue`). A struct is always true.
    pub fn truth(&self) -> bool {
        match &self.kind {
            Kind::Nil => false,
            Kind::Bool(value) => *value,
            Kind::Int(value, _) => *value != 0,
            Kind::Float(value) => *value != 0.0,
            Kind::Str(text) => !text.is_empty(),
            Kind::List(list) => !list.items.is_empty(),
            Kind::Map(map) => !map.entries.borrow().is_empty(),
            Kind::Struct(_) => true,
            Kind::Bytes(bytes) => !bytes.is_empty(),
        }
    }

    /// Go's type as `%T` prints it.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Nil => "<nil>",
            Kind::Bool(_) => "bool",
            Kind::Int(_, ty) => ty.name(),
            Kind::Float(_) => "float64",
            Kind::Str(_) => "string",
            Kind::List(list) => match list.ty {
                ListType::Any | ListType::NilAny => "[]interface {}",
                ListType::Strings | ListType::NilStrings => "[]string",
                ListType::Ints => "[]int",
                ListType::Lists => "[][]interface {}",
                ListType::VersionSet => "common.VersionSet",
                ListType::Structs(name) => name,
            },
            Kind::Map(map) => match map.ty {
                MapType::Any => "map[string]interface {}",
                MapType::Values => "common.Values",
                MapType::Strings | MapType::NilStrings => "map[string]string",
                MapType::Files => "engine.files",
            },
            Kind::Struct(value) => match value.ty {
                StructType::Chart => "struct { v2.Metadata; IsRoot bool }",
                StructType::Data(name) => name,
                StructType::Capabilities => "*common.Capabilities",
                StructType::KubeVersion | StructType::KubeVersionCopy => "common.KubeVersion",
                StructType::Semver => "*semver.Version",
                StructType::Time => "time.Time",
                StructType::Certificate => "sprig.certificate",
            },
            Kind::Bytes(_) => "[]uint8",
        }
    }

    /// Go's `reflect.Kind` as `kindOf` prints it.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Nil => "invalid",
            Kind::Bool(_) => "bool",
            Kind::Int(_, ty) => match ty {
                IntType::Int | IntType::Month | IntType::Weekday => "int",
                IntType::Int64 | IntType::Duration => "int64",
                IntType::Uint8 => "uint8",
                IntType::Int32 => "int32",
                IntType::Uint64 => "uint64",
            },
            Kind::Float(_) => "float64",
            Kind::Str(_) => "string",
            Kind::List(_) | Kind::Bytes(_) => "slice",
            Kind::Map(_) => "map",
            Kind::Struct(value) => match value.ty {
                StructType::Capabilities | StructType::Semver => "ptr",
                _ => "struct",
            },
        }
    }
}

impl IntType {
    /// Go's name of the type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint8 => "uint8",
            Self::Int32 => "int32",
            Self::Uint64 => "uint64",
            Self::Duration => "time.Duration",
            Self::Month => "time.Month",
            Self::Weekday => "time.Weekday",
        }
    }
}
