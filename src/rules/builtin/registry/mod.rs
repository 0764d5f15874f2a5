//! Rules on private images: placeholder Secrets and the pull secrets of workloads.

mod broken_image_pull_secrets;
mod conflicting_pull_secret_shapes;
mod dead_pull_secrets_value;
mod fixed_pull_secret;
mod inconsistent_image_pull_secrets;
mod invalid_placeholder_data;
mod lost_second_pull_secret;
mod misplaced_image_pull_secrets;
mod missing_image_pull_secrets;
mod missing_placeholder_secret;
mod nonstandard_pull_secrets_key;
mod shadowed_pull_secrets;
mod string_only_pull_secrets;
mod undefined_placeholder_values;
mod undefined_pull_secrets_value;
mod wrong_placeholder_annotation;
mod wrong_placeholder_type;

pub(super) use broken_image_pull_secrets::BrokenImagePullSecrets;
pub(super) use conflicting_pull_secret_shapes::ConflictingPullSecretShapes;
pub(super) use dead_pull_secrets_value::DeadPullSecretsValue;
pub(super) use fixed_pull_secret::FixedPullSecret;
pub(super) use inconsistent_image_pull_secrets::InconsistentImagePullSecrets;
pub(super) use invalid_placeholder_data::InvalidPlaceholderData;
pub(super) use lost_second_pull_secret::LostSecondPullSecret;
pub(super) use misplaced_image_pull_secrets::MisplacedImagePullSecrets;
pub(super) use missing_image_pull_secrets::MissingImagePullSecrets;
pub(super) use missing_placeholder_secret::MissingPlaceholderSecret;
pub(super) use nonstandard_pull_secrets_key::NonstandardPullSecretsKey;
pub(super) use shadowed_pull_secrets::ShadowedPullSecrets;
pub(super) use string_only_pull_secrets::StringOnlyPullSecrets;
pub(super) use undefined_placeholder_values::UndefinedPlaceholderValues;
pub(super) use undefined_pull_secrets_value::UndefinedPullSecretsValue;
pub(super) use wrong_placeholder_annotation::WrongPlaceholderAnnotation;
pub(super) use wrong_placeholder_type::WrongPlaceholderType;
