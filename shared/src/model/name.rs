//! Names that this product assigns or that operators choose: `[A-Za-z0-9._-]{1,64}`.

use crate::model::invalid::Invalid;
use crate::model::newtype::text_newtype;

fn check(name: &str) -> Result<(), Invalid> {
    let grammar = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(grammar) {
        Ok(())
    } else {
        Err(Invalid::new("must be 1 to 64 characters of letters, digits, dot, underscore and hyphen"))
    }
}

text_newtype!(
    /// The name of a [`Tenant`](super::Tenant): a workspace of the platform. A token sees only its own tenant.
    public TenantId, check
);
text_newtype!(
    /// The name of an [`Account`](super::Account): a person or integration of a tenant that owns API tokens.
    public AccountId, check
);
text_newtype!(
    /// The name of a campaign: a set of links that were created together or belong together.
    public CampaignId, check
);
text_newtype!(
    /// The public name of an API [`Token`](super::Token), safe to log and to show.
    public TokenId, check
);
text_newtype!(
    /// The name of a [`Scenario`](super::Scenario): OpenDialog's id (`0x420`) or the alias.
    public ScenarioId, check
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_letters_digits_dot_underscore_hyphen() {
        for good in ["a", "0x420", "customer_support", "a.b-c_D", &"x".repeat(64)] {
            assert!(good.parse::<TenantId>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "a#b", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<TenantId>().is_err(), "{bad}");
        }
    }
}
