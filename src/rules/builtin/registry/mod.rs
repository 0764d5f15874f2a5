//! Rules on private images: placeholder Secrets and the pull secrets of workloads.

mod broken_image_pull_secrets;
mod duplicate_image_pull_secrets;
mod invalid_placeholder_data;
mod invalid_pull_secret_entry;
mod misplaced_image_pull_secrets;
mod missing_image_pull_secrets;
mod missing_placeholder_secret;
mod schema_rejects_pull_secrets;
mod undefined_placeholder_values;
mod undefined_pull_secrets_value;
mod wrong_placeholder_annotation;
mod wrong_placeholder_type;

pub(super) use broken_image_pull_secrets::BrokenImagePullSecrets;
pub(super) use duplicate_image_pull_secrets::DuplicateImagePullSecrets;
pub(super) use invalid_placeholder_data::InvalidPlaceholderData;
pub(super) use invalid_pull_secret_entry::InvalidPullSecretEntry;
pub(super) use misplaced_image_pull_secrets::MisplacedImagePullSecrets;
pub(super) use missing_image_pull_secrets::MissingImagePullSecrets;
pub(super) use missing_placeholder_secret::MissingPlaceholderSecret;
pub(super) use schema_rejects_pull_secrets::SchemaRejectsPullSecrets;
pub(super) use undefined_placeholder_values::UndefinedPlaceholderValues;
pub(super) use undefined_pull_secrets_value::UndefinedPullSecretsValue;
pub(super) use wrong_placeholder_annotation::WrongPlaceholderAnnotation;
pub(super) use wrong_placeholder_type::WrongPlaceholderType;
