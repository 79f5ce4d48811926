//! The words of the sign-in in each language.

use axum::http::{HeaderMap, header};
use puntos_domain::language::Language;
use puntos_runtime::http::accepted_language;
use serde::Serialize;

/// What is wrong with a choice.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mistake {
    /// None of the roles was chosen.
    NoRole,
    /// No member has the id.
    UnknownMember,
}

/// What the page says.
#[derive(Serialize)]
pub(super) struct Words {
    /// The code of the language.
    pub language: &'static str,
    /// The heading and the button.
    pub sign_in: &'static str,
    pub role: &'static str,
    /// The names of the roles, in the order of `ROLES`.
    #[serde(skip)]
    pub roles: [&'static str; 4],
    pub member_id: &'static str,
    pub without_id: &'static str,
    #[serde(skip)]
    no_role: &'static str,
    #[serde(skip)]
    unknown_member: &'static str,
}

impl Words {
    /// Returns the words in the language that the page asks for, else in one that the browser accepts.
    pub(super) fn of(lang: Option<&str>, headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let asked = lang.and_then(accepted_language);
        let language = asked.or_else(|| accepted.and_then(accepted_language));
        Self::in_language(language.unwrap_or(Language::En))
    }

    /// Returns the words for a mistake.
    pub(super) fn mistake(&self, mistake: Mistake) -> &'static str {
        match mistake {
            Mistake::NoRole => self.no_role,
            Mistake::UnknownMember => self.unknown_member,
        }
    }

    const fn in_language(language: Language) -> Self {
        match language {
            Language::En => Self {
                language: "en",
                sign_in: "Sign in",
                role: "Role",
                roles: ["Agent", "Supervisor", "Admin", "Member"],
                member_id: "Member id",
                without_id: "Without an id, a member is somebody who signed up and has not joined \
                    yet.",
                no_role: "Choose a role.",
                unknown_member: "There is no member with this id.",
            },
            Language::Es => Self {
                language: "es",
                sign_in: "Iniciar sesión",
                role: "Rol",
                roles: ["Agente", "Supervisor", "Administrador", "Miembro"],
                member_id: "Id de miembro",
                without_id: "Sin un id, un miembro es alguien que se registró y aún no se ha unido.",
                no_role: "Elige un rol.",
                unknown_member: "No hay ningún miembro con este id.",
            },
            Language::Pt => Self {
                language: "pt",
                sign_in: "Entrar",
                role: "Função",
                roles: ["Atendente", "Supervisor", "Administrador", "Membro"],
                member_id: "Id do membro",
                without_id: "Sem um id, um membro é alguém que se cadastrou e ainda não se vinculou.",
                no_role: "Escolha uma função.",
                unknown_member: "Não há nenhum membro com este id.",
            },
            Language::Ru => Self {
                language: "ru",
                sign_in: "Вход",
                role: "Роль",
                roles: ["Сотрудник", "Руководитель", "Администратор", "Участник"],
                member_id: "Номер участника",
                without_id: "Участник без номера — тот, кто зарегистрировался, но ещё не \
                    присоединился к программе.",
                no_role: "Выберите роль.",
                unknown_member: "Участника с таким номером нет.",
            },
        }
    }
}
