//! TPPs: registrations, kits, keys, tokens.

use super::{Kind, Member, Operation, PAGE, Takes, Tells};

pub(super) const ALL: &[Operation] = &[
    Operation::new("control.clients.list", "Every TPP", Tells::Items(CLIENT)),
    Operation::new("control.clients.get", "One TPP", Tells::Document(CLIENT)),
    Operation::new(
        "control.clients.create",
        "One more TPP, with its kit",
        Tells::Made(CLIENT),
    )
    .takes(Takes::Members(&[
        Member::required("client_id", Kind::Text, "Its id."),
        ENTRY[0],
        ENTRY[1],
        ENTRY[2],
        ENTRY[3],
        ENTRY[4],
        Member::optional(
            "token_endpoint_auth_method",
            Kind::Word(&["private_key_jwt", "tls_client_auth"]),
            "How it proves itself.",
        ),
        Member::optional(
            "signing_alg",
            Kind::Word(&["PS256", "ES256"]),
            "What it signs with.",
        ),
        Member::optional(
            "roles",
            Kind::Texts,
            "What it is authorized for: AISP, PISP, CBPII.",
        ),
        Member::optional("api_keys", Kind::Texts, "API keys it holds already."),
        Member::optional(
            "transport_cert",
            Kind::Text,
            "A certificate of its own, in PEM or a file of the bank's machine; with the two keys.",
        ),
        Member::optional("transport_key", Kind::Text, "Its key, PKCS#8."),
        Member::optional("signing_key", Kind::Text, "What it signs with, PKCS#8."),
    ])),
    Operation::new(
        "control.clients.change",
        "Change a TPP",
        Tells::Document(CLIENT),
    )
    .takes(Takes::Members(&[
        ENTRY[0].or_not(),
        ENTRY[1],
        ENTRY[2],
        ENTRY[3],
        ENTRY[4],
    ])),
    Operation::new(
        "control.clients.delete",
        "Forget a TPP; its tokens and consents end",
        Tells::Nothing,
    ),
    Operation::new(
        "control.clients.keys.list",
        "A TPP's API keys",
        Tells::Items(KEY),
    ),
    Operation::new(
        "control.clients.keys.create",
        "One more API key, shown this once",
        Tells::Made(KEY),
    )
    .takes(Takes::Members(&[Member::required(
        "environment",
        Kind::Word(&["sandbox", "production"]),
        "Which of the two limits it is for.",
    )])),
    Operation::new(
        "control.clients.keys.delete",
        "Withdraw an API key",
        Tells::Nothing,
    ),
    Operation::new(
        "control.onboard",
        "A kit for a new TPP, of which the directory knows",
        Tells::Made(&[
            Member::required(
                "software_statement",
                Kind::Text,
                "What the directory says of it, signed.",
            ),
            Member::required("transport_cert_pem", Kind::Text, "Its certificate."),
            Member::required("signing_kid", Kind::Text, "The id of its signing key."),
        ]),
    )
    .takes(Takes::Members(&[
        Member::required("name", Kind::Text, "Its name."),
        Member::optional(
            "roles",
            Kind::Texts,
            "What it is authorized for: AISP, PISP, CBPII.",
        ),
        Member::optional(
            "redirect_uris",
            Kind::Texts,
            "Where its customers come back to.",
        ),
        Member::optional(
            "token_endpoint_auth_method",
            Kind::Word(&["private_key_jwt", "tls_client_auth"]),
            "How it proves itself.",
        ),
        Member::optional(
            "signing_alg",
            Kind::Word(&["PS256", "ES256"]),
            "What it signs with.",
        ),
        Member::optional(
            "flaw",
            Kind::Word(&[
                "expired_certificate",
                "foreign_ca",
                "wrong_key",
                "revoked_software",
                "expired_ssa",
                "bad_ssa_signature",
            ]),
            "What is wrong with it, if anything.",
        ),
    ])),
    Operation::new(
        "control.tokens.list",
        "Tokens, oldest first",
        Tells::Items(TOKEN),
    )
    .asks(&[
        PAGE[0],
        Member::optional("client_id", Kind::Text, "Of this client only."),
        PAGE[1],
    ]),
    Operation::new(
        "control.tokens.create",
        "A token without a journey",
        Tells::Made(&[
            Member::required("token_id", Kind::Text, "Its id."),
            Member::required("token_type", Kind::Text, "`Bearer`."),
            Member::required(
                "expires_in",
                Kind::Count,
                "How many seconds of the bank's time it lives.",
            ),
            Member::required("scope", Kind::Text, "What it opens."),
        ]),
    )
    .takes(Takes::Members(&[
        Member::required("client_id", Kind::Text, "Whose it is to be."),
        Member::optional("customer_id", Kind::Text, "A customer's id or username."),
        Member::optional(
            "consent_id",
            Kind::Text,
            "The consent it is for; else it is the client's own.",
        ),
        Member::optional("scope", Kind::Text, "What it is to open."),
        Member::optional("kind", Kind::Word(&["access", "refresh"]), "Which kind."),
        Member::optional(
            "certificate_sha256",
            Kind::Text,
            "The certificate it is bound to (`x5t#S256`); else the client's own.",
        ),
    ])),
    Operation::new(
        "control.tokens.expire",
        "End a token as if its life were over",
        Tells::Document(TOKEN),
    ),
    Operation::new(
        "control.tokens.revoke",
        "Take a token back",
        Tells::Document(TOKEN),
    ),
];

/// What an entry of a scenario's `clients` says, and may be said anew.
const ENTRY: [Member; 5] = [
    Member::required(
        "redirect_uris",
        Kind::Texts,
        "Where its customers come back to.",
    ),
    Member::optional("name", Kind::Text, "Its name."),
    Member::optional(
        "responses",
        Kind::Texts,
        "How it is answered: hybrid, jarm.",
    ),
    Member::optional("scope", Kind::Text, "What it may ask for."),
    Member::optional(
        "id_token_signed_response_alg",
        Kind::Word(&["PS256", "ES256"]),
        "What the bank signs for it with.",
    ),
];

const CLIENT: &[Member] = &[
    Member::required("client_id", Kind::Text, "Its id."),
    Member::required("name", Kind::Text, "Its name."),
    Member::required(
        "token_endpoint_auth_method",
        Kind::Text,
        "How it proves itself.",
    ),
    Member::required(
        "redirect_uris",
        Kind::Texts,
        "Where its customers come back to.",
    ),
];

const KEY: &[Member] = &[
    Member::required("id", Kind::Text, "Its id."),
    Member::required(
        "environment",
        Kind::Text,
        "Which of the two limits it is for.",
    ),
];

const TOKEN: &[Member] = &[
    Member::required("token_id", Kind::Text, "Its id."),
    Member::required("fingerprint", Kind::Text, "As the journal shows it."),
    Member::required("kind", Kind::Text, "`access` or `refresh`."),
    Member::required("status", Kind::Text, "`active`, or how it ended."),
    Member::required("client_id", Kind::Text, "Whose it is."),
];
