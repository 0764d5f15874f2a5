//! Methods that templates can call on values that are more than data.

#![expect(clippy::unnecessary_wraps, reason = "every method has the type of an implementation")]

use std::collections::BTreeMap;

use crate::template::functions::{Kind as Param, Signature};

use super::files;
use super::functions::{Call, Failure, Implementation, dates, quote, versions, yaml_functions};
use super::text::{NOWHERE, TextBuilder};
use super::value::{Kind, ListType, MapType, StructType, Value};

/// A method: its signature without the receiver, which is the first argument of the implementation.
pub(super) struct Method {
    pub(super) signature: Signature,
    pub(super) implementation: Implementation,
}

const fn method(
    name: &'static str,
    params: &'static [Param],
    implementation: Implementation,
) -> Method {
    Method { signature: Signature { name, params, variadic: None }, implementation }
}

static FILES: &[Method] = &[
    method("AsConfig", &[], files::as_config),
    method("AsSecrets", &[], files::as_secrets),
    method("Get", &[Param::String], files::get),
    method("GetBytes", &[Param::String], files::get_bytes),
    method("Glob", &[Param::String], files::glob),
    method("Lines", &[Param::String], files::lines),
];

static VERSION_SET: &[Method] = &[method("Has", &[Param::String], has_version)];

static KUBE_VERSION: &[Method] =
    &[method("GitVersion", &[], git_version), method("String", &[], hidden)];

static CAPABILITIES: &[Method] = &[method("Copy", &[], itself)];

static VALUES: &[Method] = &[
    method("AsMap", &[], as_map),
    method("Encode", &[Param::Writer], encode),
    method("PathValue", &[Param::String], path_value),
    method("Table", &[Param::String], table),
    method("YAML", &[], values_yaml),
];

/// Calls a method by its name; `None` if there is none of that name.
pub(super) type ByName =
    fn(&mut Call<'_>, &str, &Value, &[Value]) -> Option<Result<Value, Failure>>;

/// For the types of Go's and Sprig's libraries, which have many methods with plain parameters.
pub(super) fn by_name(receiver: &Value) -> Option<ByName> {
    match &receiver.kind {
        Kind::Struct(value) => match value.ty {
            StructType::Time => Some(dates::time_method),
            StructType::Semver => Some(versions::semver_method),
            _ => None,
        },
        _ => None,
    }
}

/// The method `name` of `receiver`, if it has one.
pub(super) fn find(receiver: &Value, name: &str) -> Option<&'static Method> {
    let methods = match &receiver.kind {
        Kind::Map(map) => match map.ty {
            MapType::Files => FILES,
            MapType::Values => VALUES,
            _ => return None,
        },
        Kind::List(list) if list.ty == ListType::VersionSet => VERSION_SET,
        Kind::Struct(value) => match value.ty {
            StructType::KubeVersion => KUBE_VERSION,
            StructType::Capabilities => CAPABILITIES,
            _ => return None,
        },
        _ => return None,
    };
    methods.iter().find(|method| method.signature.name == name)
}

fn has_version(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let [versions, wanted] = args else { return Ok(Value::bool(false)) };
    let found = versions
        .as_list()
        .is_some_and(|list| list.items.iter().any(|item| item.as_str() == wanted.as_str()));
    Ok(Value::bool(found))
}

fn git_version(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    match args.first().map(|value| &value.kind) {
        Some(Kind::Struct(value)) => {
            let version = value.fields.iter().find(|field| field.name == "Version");
            Ok(version.map(|field| field.value.clone()).unwrap_or_default())
        }
        _ => Ok(Value::NIL),
    }
}

fn hidden(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    match args.first().map(|value| &value.kind) {
        Some(Kind::Struct(value)) => Ok(value.hidden.clone()),
        _ => Ok(Value::NIL),
    }
}

fn itself(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(args.first().cloned().unwrap_or_default())
}

fn as_map(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let Some(values) = args.first().filter(|values| values.truth()) else {
        return Ok(Value::map(BTreeMap::new()));
    };
    Ok(values.as_map_type(MapType::Any))
}

/// What there is to write to is nil at best.
fn encode(_: &mut Call<'_>, _: &[Value]) -> Result<Value, Failure> {
    Err(Failure::error("runtime error: invalid memory address or nil pointer dereference"))
}

fn table(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let [values, path] = args else { return Ok(Value::NIL) };
    let names = path.as_str().unwrap_or_default().split('.');
    table_at(values, names)
        .map_err(|name| Failure::Error(format!("{} is not a table", quote(name))))
}

/// The table at the end of a path, or the name that is none.
fn table_at<'p>(values: &Value, path: impl Iterator<Item = &'p str>) -> Result<Value, &'p str> {
    let mut table = values.clone();
    for name in path {
        match entry(&table, name) {
            Some(next) if is_table(&next, &[MapType::Any, MapType::Values]) => table = next,
            _ => return Err(name),
        }
    }
    Ok(table.as_map_type(MapType::Values))
}

fn path_value(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let [values, path] = args else { return Ok(Value::NIL) };
    let path = path.as_str().unwrap_or_default();
    if path.is_empty() {
        return Err(Failure::error("YAML path cannot be empty"));
    }
    let (above, name) =
        path.rsplit_once('.').map_or((None, path), |(above, name)| (Some(above), name));
    let table = match above {
        Some(above) => table_at(values, above.split('.')).ok(),
        None => Some(values.clone()),
    };
    let found = table.and_then(|table| entry(&table, name));
    found
        .filter(|value| !is_table(value, &[MapType::Any]))
        .ok_or_else(|| Failure::Error(format!("{} is not a value", quote(name))))
}

fn entry(table: &Value, name: &str) -> Option<Value> {
    table.as_map()?.entries.borrow().get(name).cloned()
}

fn is_table(value: &Value, types: &[MapType]) -> bool {
    value.as_map().is_some_and(|map| types.contains(&map.ty))
}

/// As `toYaml`, which takes off the end of the last line.
fn values_yaml(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let written = yaml_functions::must_to_yaml(call, args)?;
    let mut out = TextBuilder::default();
    if let Some(text) = written.as_text() {
        out.push_slice(text, 0..text.len());
    }
    out.push("\n", call.origin(args), NOWHERE);
    Ok(Value::text(out.finish()))
}
