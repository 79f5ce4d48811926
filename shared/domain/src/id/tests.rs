//! Tests of ids.

use super::*;

#[test]
fn ids_are_stable_and_parse_back() {
    let member = MemberId::from_key("k1");
    assert_eq!(member, MemberId::from_key("k1"));
    assert_eq!(member.as_str().parse(), Ok(member.clone()));
    let redemption = RedemptionId::from_key("key", &member);
    assert_eq!(redemption.member_id(), member);
    assert_eq!(redemption.as_str().parse(), Ok(redemption.clone()));
    assert_eq!(redemption.key_digest(), RedemptionId::key_digest_of("key"));
    let email = redemption.coupon_email_id();
    assert_eq!(email.member_id(), member);
    assert_eq!(email.coupon_redemption_id(), redemption);
    assert_ne!(email, redemption.reversal_email_id());
    assert_eq!(redemption.reversal_email_id().reversed_redemption_id(), redemption);
    assert_eq!(email.resend("k").member_id(), member);
}

#[test]
fn parts_do_not_run_into_each_other() {
    assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    let id = |branch, number| PurchaseId::of_invoice(Invoice::new(branch, number));
    assert_ne!(id("A1", "1"), id("A", "11"));
}

#[test]
fn what_is_no_id_is_refused() {
    for bad in [
        "",
        "mbr_",
        "pur_0123456789abcdef",
        "mbr_0123456789abcdeu",
        "mbr_0123456789ABCDEF",
        "mbr_0123456789abcdef0",
    ] {
        assert_eq!(bad.parse::<MemberId>(), Err(NotAnId), "{bad}");
    }
    assert_eq!("mbr_é123456789abcde".parse::<MemberId>(), Err(NotAnId));
}
