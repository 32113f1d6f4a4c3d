//! What a TPP checks of every answer before it believes it (FAPI 1.0 Advanced, section 5.2.3).

use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, AuthorizationCodeHash,
    ClaimsVerificationError, Nonce, SubjectIdentifier,
};

use super::answer::{self, Answer, Refusal};
use super::library::{Claims, FapiIdToken};
use super::tpp::{Asked, Mode, Tpp};

impl Tpp {
    /// What a code came with, after all the checks that FAPI asks of a client.
    pub(crate) fn verify_answer(&self, asked: &Asked, location: &str) -> Answer {
        let members = self.members(asked, location);
        let code = members["code"].clone();
        let known = ["code", "id_token", "iss", "state"];
        assert!(members.keys().all(|name| known.contains(&name.as_str())));
        let subject = members.get("id_token").map(|token| {
            let token: FapiIdToken = token.parse().unwrap();
            self.verify_detached_signature(&token, asked, &code)
        });
        assert_eq!(subject.is_some(), asked.mode == Mode::Hybrid);
        Answer { code, subject }
    }

    /// Why the customer came back without a code.
    pub(crate) fn verify_refusal(&self, asked: &Asked, location: &str) -> Refusal {
        let members = self.members(asked, location);
        assert!(!members.contains_key("code") && !members.contains_key("id_token"));
        Refusal {
            error: members["error"].clone(),
            description: members["error_description"].clone(),
        }
    }

    /// The parameters of an answer that came back the way it was asked for, to whom it was asked for.
    fn members(&self, asked: &Asked, location: &str) -> answer::Parameters {
        let members = match asked.mode {
            Mode::Hybrid => answer::fragment(&self.redirect_uri, location),
            Mode::Jarm => {
                let mut outside = answer::query(&self.redirect_uri, location);
                let jwt = outside.remove("response").expect("a response");
                assert!(outside.is_empty(), "response alone: {outside:?}");
                answer::verified_claims(&jwt, self.client_id(), self.metadata.jwks())
            }
        };
        assert_eq!(members["state"], *asked.state.secret());
        assert_eq!(members["iss"], self.metadata.issuer().as_str());
        members
    }

    // FAPI 1.0 Advanced, section 5.2.3, items 2 to 4: the ID token is the response's detached signature.
    fn verify_detached_signature(
        &self,
        token: &FapiIdToken,
        asked: &Asked,
        code: &str,
    ) -> SubjectIdentifier {
        let claims = self.judge_id_token(token, &asked.nonce).unwrap();
        let (algorithm, key) = self.signed_by(token);
        let hash = |text: &str| {
            let text = AuthorizationCode::new(text.to_owned());
            AuthorizationCodeHash::from_code(&text, algorithm, key).unwrap()
        };
        assert_eq!(claims.code_hash(), Some(&hash(code)), "c_hash");
        let s_hash = claims.additional_claims().s_hash.as_deref();
        assert_eq!(s_hash, Some(hash(asked.state.secret()).as_str()), "s_hash");
        Self::verify_intent(claims, asked);
        claims.subject().clone()
    }

    /// Judges the token endpoint's ID token; answers whom it speaks of.
    pub(crate) fn verify_id_token(
        &self,
        token: &FapiIdToken,
        asked: &Asked,
        access_token: &AccessToken,
    ) -> SubjectIdentifier {
        let claims = self.judge_id_token(token, &asked.nonce).unwrap();
        let (algorithm, key) = self.signed_by(token);
        let hash = AccessTokenHash::from_token(access_token, algorithm, key).unwrap();
        assert_eq!(claims.access_token_hash(), Some(&hash), "at_hash");
        Self::verify_intent(claims, asked);
        claims.subject().clone()
    }

    fn verify_intent(claims: &Claims, asked: &Asked) {
        let intent = &claims.additional_claims().openbanking_intent_id;
        assert_eq!(*intent, asked.consent);
        let acr = claims.auth_context_ref().expect("acr was asked for");
        assert_eq!(acr.as_str(), "urn:openbanking:psd2:sca");
    }

    fn signed_by<'a>(
        &'a self,
        token: &'a FapiIdToken,
    ) -> (&'a CoreJwsSigningAlgorithm, &'a CoreJsonWebKey) {
        let verifier = self.library.id_token_verifier();
        let keys = self.metadata.jwks();
        let key = token.signing_key(&verifier).unwrap();
        // The verifier does not outlive this call, but its keys are the metadata's.
        let key = keys.keys().iter().find(|known| *known == key).unwrap();
        (token.signing_alg().unwrap(), key)
    }

    /// The library's own judgement of an ID token: issuer, audience, signature, times and nonce.
    pub(crate) fn judge_id_token<'a>(
        &self,
        token: &'a FapiIdToken,
        nonce: &Nonce,
    ) -> Result<&'a Claims, ClaimsVerificationError> {
        let verifier = self.library.id_token_verifier().set_allowed_algs([
            CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        ]);
        token.claims(&verifier, nonce)
    }
}
