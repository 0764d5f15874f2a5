//! Methods that templates can call on values that are more than data.

#![expect(clippy::unnecessary_wraps, reason = "every method has the type of an implementation")]

use crate::template::functions::{Kind as Param, Signature};

use super::files;
use super::functions::{Call, Failure, Implementation, dates, versions, yaml_functions};
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

static VALUES: &[Method] = &[method("AsMap", &[], itself), method("YAML", &[], values_yaml)];

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

fn values_yaml(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    yaml_functions::to_yaml(call, args)
}
