//! Contacts that wait are read from all over a list, and all of them in steps.

use super::*;
use crate::model::DncOrigin;

super::on_each_database! {
    a_sample_is_from_all_over_the_list,
    those_that_wait_are_read_in_steps_with_what_the_lists_say,
}

async fn a_sample_is_from_all_over_the_list(ground: Ground) {
    let fixture = fixture(ground).await;
    assert_eq!(fixture.store.sample(fixture.campaign, 0, 70).await.unwrap(), []);
    fixture.import(0..700).await;
    let some = fixture.store.sample(fixture.campaign, 700, 70).await.unwrap();
    assert_eq!(some.len(), 70);
    let ids: Vec<_> = some.iter().map(|contact| contact.id.get()).collect();
    let (first, last) = (ids.iter().min().unwrap(), ids.iter().max().unwrap());
    assert!(last - first >= 600, "{first} to {last}");
    let all = fixture.store.sample(fixture.campaign, 700, 1_000).await.unwrap();
    assert_eq!(all.len(), 700);
}

async fn those_that_wait_are_read_in_steps_with_what_the_lists_say(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..25).await;
    let listed = NewDnc {
        number: new_contact(7).number,
        project: None,
        origin: DncOrigin::Operator,
        reason: String::new(),
        call: None,
    };
    fixture.store.list_dnc(vec![listed], NOW).await.unwrap();
    let project = fixture
        .store
        .campaign(fixture.campaign)
        .await
        .unwrap()
        .unwrap()
        .project;
    let (mut numbers, mut on_lists, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let step = fixture
            .store
            .waiting(project, fixture.campaign, after, 10)
            .await
            .unwrap();
        let Some(last) = step.last() else { break };
        after = Some(last.contact);
        on_lists.extend(
            step.iter()
                .filter(|one| one.is_listed)
                .map(|one| one.number.clone()),
        );
        numbers.extend(step.into_iter().map(|one| one.number));
    }
    let expected: Vec<_> = (0..25).map(|n| new_contact(n).number).collect();
    assert_eq!((numbers, on_lists), (expected, vec![new_contact(7).number]));
}
