//! The members of the demo. All of them are invented.

use serde_json::{Value, json};

use crate::stage::{Actor, Stage};

/// An invented member.
#[derive(Clone, Copy)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) mailbox: &'static str,
    pub(super) locale: &'static str,
    /// How many weeks of four they come.
    pub(super) visits: usize,
}

const fn person(
    name: &'static str,
    mailbox: &'static str,
    locale: &'static str,
    visits: usize,
) -> Person {
    Person { name, mailbox, locale, visits }
}

/// Names are made of the words for example and sample, so that nobody is meant.
pub(super) const PEOPLE: [Person; 24] = [
    person("Ana Ejemplo", "ana.ejemplo", "es", 4),
    person("Luz Muestra", "luz.muestra", "es", 2),
    person("Íñigo Prueba", "inigo.prueba", "es", 1),
    person("Sol Modelo", "sol.modelo", "es", 3),
    person("Blas Ensayo", "blas.ensayo", "es", 1),
    person("Nuria Plantilla", "nuria.plantilla", "es", 2),
    person("Анна Пример", "anna.primer", "ru", 4),
    person("Пётр Образцов", "petr.obraztsov", "ru", 2),
    person("Вера Шаблон", "vera.shablon", "ru", 3),
    person("Глеб Макетов", "gleb.maketov", "ru", 1),
    person("Зоя Черновик", "zoya.chernovik", "ru", 2),
    person("Иван Эскизов", "ivan.eskizov", "ru", 1),
    person("Mina Sample", "mina.sample", "en", 4),
    person("Jon Placeholder", "jon.placeholder", "en", 2),
    person("Ida Specimen", "ida.specimen", "en", 3),
    person("Otto Mockup", "otto.mockup", "en", 1),
    person("Fay Dummyname", "fay.dummyname", "en", 2),
    person("Max Template", "max.template", "en", 1),
    person("Ivo Exemplo", "ivo.exemplo", "pt", 4),
    person("Rita Amostra", "rita.amostra", "pt", 2),
    person("Davi Modelar", "davi.modelar", "pt", 3),
    person("Inês Rascunho", "ines.rascunho", "pt", 1),
    person("Caio Ensaio", "caio.ensaio", "pt", 2),
    person("Lia Prova", "lia.prova", "pt", 1),
];

/// Returns the card of a member.
pub(super) fn card(index: usize) -> String {
    format!("DEMO-{:04}", index + 1)
}

/// Returns the body that enrols a member.
pub(super) fn enrolment(index: usize) -> Value {
    let Person { name, mailbox, locale, .. } = PEOPLE[index];
    json!({
        "name": name, "email": format!("{mailbox}@example.com"), "card_number": card(index),
        "document": format!("D-{:04}", index + 1), "locale": locale,
    })
}

/// Returns the id of a member who is enrolled.
pub(super) async fn id_of(stage: &Stage, index: usize) -> anyhow::Result<String> {
    let found = stage
        .get(&Actor::Agent, "/v1/members")
        .query("card_number", card(index))
        .answers(200)
        .await?;
    found.text("/data/0/member_id")
}

/// Returns what a member says about a visit in their language, by its score.
pub(super) fn remark(locale: &str, score: usize) -> &'static str {
    let words = match locale {
        "es" => {
            ["Nadie me atendió en la caja.", "Bien, aunque esperé un poco.", "Siempre muy amables."]
        }
        "pt" => [
            "Ninguém me atendeu na caixa.",
            "Bem, mas esperei um pouco.",
            "Sempre muito simpáticos.",
        ],
        "ru" => [
            "На кассе никого не было.",
            "Хорошо, но пришлось подождать.",
            "Всегда очень приветливы.",
        ],
        _ => ["Nobody served me at the till.", "Fine, but I waited a little.", "Always very kind."],
    };
    match score {
        0..=6 => words[0],
        7 | 8 => words[1],
        _ => words[2],
    }
}

/// Returns how an agent answers a bad visit in the member's language.
pub(super) fn apology(locale: &str) -> &'static str {
    match locale {
        "es" => "Lo sentimos. Hemos hablado con la tienda y ya hay dos personas en caja.",
        "pt" => "Pedimos desculpa. Falámos com a loja e já há duas pessoas na caixa.",
        "ru" => "Нам очень жаль. Мы поговорили с магазином: теперь на кассе двое.",
        _ => "We are sorry. We talked to the shop, and now two people are at the tills.",
    }
}
