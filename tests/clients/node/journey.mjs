// A FAPI client nobody here wrote walks through an open bank: panva's openid-client, with all the checks
// it makes for FAPI 1.0 Advanced. It registers itself with a kit of the bank's directory, and takes its
// registration back at the end. One line a step on stdout; exit code 0 when every step went as it should.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { X509Certificate, createHash, webcrypto } from 'node:crypto'

import * as client from 'openid-client'
import * as undici from 'undici'

const TPPS = [
  { name: 'Linden Budget', token_endpoint_auth_method: 'private_key_jwt', signing_alg: 'PS256' },
  { name: 'Maple Check', token_endpoint_auth_method: 'private_key_jwt', signing_alg: 'ES256' },
  { name: 'Nutmeg Pay', token_endpoint_auth_method: 'tls_client_auth', signing_alg: 'PS256' },
]
const MODES = {
  hybrid: [client.useCodeIdTokenResponseType, client.enableDetachedSignatureResponseChecks],
  jarm: [client.useJwtResponseMode],
}
const CARRIAGES = ['pushed', 'by value']
const SCA = 'urn:openbanking:psd2:sca'

/** The ready document: from a file, or from the control API's address. */
async function readyDocument(source) {
  assert.ok(source, 'name a ready document or a control URL, or set HAMSTERBANK_READY_DOCUMENT')
  if (/^https?:/.test(source)) {
    const answer = await undici.fetch(`${source.replace(/\/$/, '')}/ready`)
    assert.equal(answer.status, 200, `${source} serves the ready document`)
    return answer.json()
  }
  return JSON.parse(await readFile(source, 'utf8'))
}

/** What the bank's directory hands a TPP that nobody has registered yet. */
async function onboard(ready, wishes) {
  assert.ok(ready.control_url, 'the bank has a control API')
  const headers = { 'content-type': 'application/json' }
  if (ready.control_token) headers.authorization = `Bearer ${ready.control_token}`
  const answer = await undici.fetch(`${ready.control_url}/onboard`, {
    method: 'POST', headers, body: JSON.stringify(wishes),
  })
  const kit = await answer.json()
  assert.equal(answer.status, 201, JSON.stringify(kit))
  return kit
}

/** A TPP with its kit: its fetch over mutual TLS, its key, and what the bank registered it as. */
async function openTpp(ready, wishes) {
  const kit = await onboard(ready, wishes)
  const { ca_pem: ca, transport_cert_pem: cert, transport_key_pem: key } = kit
  const mutualTls = new undici.Agent({ connect: { ca, cert, key } })
  const browser = new undici.Agent({ connect: { ca } })
  const thumbprint = createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url')
  const tpp = {
    ready, kit, mutualTls, browser, thumbprint, key: await signingKey(kit.signing_jwk),
  }
  return { ...tpp, registered: await register(tpp) }
}

async function signingKey(jwk) {
  const algorithm = {
    PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
    ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  }[jwk.alg]
  assert.ok(algorithm, `FAPI knows no ${jwk.alg}`)
  const key = await webcrypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
  return { key, kid: jwk.kid }
}

function authentication(tpp) {
  return {
    private_key_jwt: () => client.PrivateKeyJwt(tpp.key),
    tls_client_auth: () => client.TlsClientAuth(),
  }[tpp.kit.token_endpoint_auth_method]()
}

const fetchOver = (agent) => (url, options) => undici.fetch(url, { ...options, dispatcher: agent })

/** Registers the kit's software by the library's own call; what the bank answers is the client. */
async function register(tpp) {
  const issuer = new URL(tpp.ready.issuer)
  const config = await client.dynamicClientRegistration(
    issuer, tpp.kit.registration, authentication(tpp),
    { [client.customFetch]: fetchOver(tpp.mutualTls) },
  )
  const registered = config.clientMetadata()
  const asked = tpp.kit.registration
  for (const name of Object.keys(asked)) assert.deepEqual(registered[name], asked[name], name)
  assert.equal(registered.client_secret, undefined, 'nobody shares a secret here')
  // By the library's metadata nobody could ask for the aliases, so they are asked for here.
  return { ...registered, use_mtls_endpoint_aliases: true }
}

/** Takes the registration back (RFC 7592, section 2.3), which the library leaves to its user. */
async function unregister(config, tpp) {
  const { registration_client_uri: uri, registration_access_token: token } = tpp.registered
  const answer = await undici.fetch(new URL(uri, tpp.ready.issuer), {
    method: 'DELETE', headers: { authorization: `Bearer ${token}` }, dispatcher: tpp.mutualTls,
  })
  assert.equal(answer.status, 204)
  const grant = client.clientCredentialsGrant(config, { scope: 'consents' })
  await assert.rejects(grant, { error: 'invalid_client' })
}

/** The library's configuration, discovered afresh, for one response mode. */
async function discover(tpp, mode) {
  const issuer = new URL(tpp.ready.issuer)
  const { registered } = tpp
  const metadata = { ...registered, tls_client_certificate_bound_access_tokens: true }
  const config = await client.discovery(
    issuer, registered.client_id, metadata, authentication(tpp),
    {
      execute: [client.enableNonRepudiationChecks, ...MODES[mode]],
      [client.customFetch]: fetchOver(tpp.mutualTls),
    },
  )
  const server = config.serverMetadata()
  assert.equal(server.tls_client_certificate_bound_access_tokens, true)
  assert.equal(server.authorization_response_iss_parameter_supported, true)
  return config
}

async function createConsent(config, tpp) {
  const tokens = await client.clientCredentialsGrant(config, { scope: 'consents' })
  const url = new URL('/consents/account-access', tpp.ready.issuer)
  const body = JSON.stringify({
    permissions: ['ReadAccounts', 'ReadBalances', 'ReadTransactions'],
  })
  const headers = new Headers({ 'content-type': 'application/json' })
  const answer = await client.fetchProtectedResource(
    config, tokens.access_token, url, 'POST', body, headers,
  )
  const consent = await answer.json()
  assert.equal(answer.status, 201, JSON.stringify(consent))
  assert.equal(consent.status, 'awaiting_authorization')
  return consent.consent_id
}

/** Asks, sends a browser, and answers where the bank sent it. */
async function authorize(config, tpp, consent, carriage) {
  const verifier = client.randomPKCECodeVerifier()
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  }
  const claims = {
    id_token: {
      acr: { essential: true, values: [SCA] },
      openbanking_intent_id: { essential: true, value: consent },
    },
  }
  const parameters = {
    redirect_uri: tpp.registered.redirect_uris[0],
    scope: 'openid accounts transactions',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    claims: JSON.stringify(claims),
  }
  let url = await client.buildAuthorizationUrlWithJAR(config, parameters, tpp.key)
  if (carriage === 'pushed') {
    url = await client.buildAuthorizationUrlWithPAR(config, url.searchParams)
  }
  const answer = await undici.fetch(url, { dispatcher: tpp.browser, redirect: 'manual' })
  assert.ok([302, 303].includes(answer.status), `the bank redirects: ${answer.status}`)
  return { checks, location: new URL(answer.headers.get('location')) }
}

/** Only where the mode puts it: the library looks there, and would not miss a copy elsewhere. */
function assertPlaced(location, mode) {
  if (mode === 'hybrid') {
    assert.equal(location.search, '', 'nothing in the query')
    return
  }
  assert.equal(location.hash, '', 'nothing in the fragment')
  assert.deepEqual([...location.searchParams.keys()], ['response'])
}

async function exchange(config, tpp, consent, { checks, location }) {
  const tokens = await client.authorizationCodeGrant(config, location, checks)
  const claims = tokens.claims()
  assert.equal(tokens.expires_in, 300)
  assert.equal(claims.acr, SCA)
  assert.equal(claims.openbanking_intent_id, consent)
  assert.ok(tpp.ready.customers.some((customer) => customer.customer_id === claims.sub))
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  assert.equal(userinfo.sub, claims.sub)
  return tokens
}

async function readAccounts(config, tpp, accessToken, consent) {
  const url = new URL(`${tpp.ready.api_url}/accounts`)
  const headers = new Headers({ 'x-consent-id': consent })
  const answer = await client.fetchProtectedResource(
    config, accessToken, url, 'GET', undefined, headers,
  )
  const accounts = await answer.json()
  assert.equal(answer.status, 200, JSON.stringify(accounts))
  assert.match(answer.headers.get('content-type'), /^application\/json/)
  assert.ok(accounts.data.length > 0)
  return accounts.data.length
}

/** A token that opens nothing any more; the library reads it out of the challenge. */
async function assertDead(config, tpp, accessToken, consent) {
  const call = readAccounts(config, tpp, accessToken, consent)
  await assert.rejects(call, (refusal) => {
    assert.equal(refusal.status, 401, `${refusal}`)
    assert.equal(refusal.cause[0].parameters.error, 'invalid_token')
    return true
  })
}

async function assertIntrospected(config, tpp, tokens, consent) {
  const known = await client.tokenIntrospection(config, tokens.access_token)
  assert.equal(known.active, true)
  assert.equal(known.client_id, tpp.registered.client_id)
  assert.equal(known.token_type, 'Bearer')
  assert.equal(known.consent_id, consent)
  assert.equal(known.cnf['x5t#S256'], tpp.thumbprint, 'bound to the certificate')
}

/** From no token at all to a revoked family; answers the library's configuration. */
async function walk(tpp, mode, carriage) {
  const step = (text) => console.log(`ok  ${tpp.kit.name}, ${mode}, ${carriage}: ${text}`)
  const config = await discover(tpp, mode)
  step('discovered')
  const consent = await createConsent(config, tpp)
  step(`consent ${consent} created`)
  const arrival = await authorize(config, tpp, consent, carriage)
  assertPlaced(arrival.location, mode)
  step('authorized')
  const tokens = await exchange(config, tpp, consent, arrival)
  step('answer verified, code exchanged, ID token verified, userinfo agrees')
  const count = await readAccounts(config, tpp, tokens.access_token, consent)
  step(`${count} accounts read`)
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token)
  assert.notEqual(fresh.access_token, tokens.access_token)
  await readAccounts(config, tpp, fresh.access_token, consent)
  step('refreshed, accounts read again')
  await assertIntrospected(config, tpp, fresh, consent)
  step('introspected')
  await client.tokenRevocation(config, tokens.refresh_token)
  const gone = await client.tokenIntrospection(config, fresh.access_token)
  assert.deepEqual(gone, { active: false })
  for (const dead of [tokens, fresh]) await assertDead(config, tpp, dead.access_token, consent)
  const refresh = client.refreshTokenGrant(config, tokens.refresh_token)
  await assert.rejects(refresh, { error: 'invalid_grant', status: 400 })
  step('revoked, with the whole family')
  await assertRefused(config, tpp, mode, arrival)
  return config
}

/** What the library reads out of the bank's refusals. */
async function assertRefused(config, tpp, mode, arrival) {
  const replay = client.authorizationCodeGrant(config, arrival.location, arrival.checks)
  await assert.rejects(replay, { error: 'invalid_grant', status: 400 })
  const denied = await authorize(config, tpp, 'consent_ais_of_nobody', 'by value')
  const grant = client.authorizationCodeGrant(config, denied.location, denied.checks)
  await assert.rejects(grant, (refusal) => {
    assert.equal(refusal.error, 'invalid_request', `${refusal}`)
    assert.match(refusal.error_description, /consent/)
    return true
  })
  console.log(`ok  ${tpp.kit.name}, ${mode}: refusals understood`)
}

try {
  const ready = await readyDocument(process.argv[2] ?? process.env.HAMSTERBANK_READY_DOCUMENT)
  for (const wishes of TPPS) {
    const tpp = await openTpp(ready, wishes)
    console.log(`ok  ${tpp.kit.name}: registered as ${tpp.registered.client_id}`)
    let config
    for (const mode of Object.keys(MODES)) {
      for (const carriage of CARRIAGES) config = await walk(tpp, mode, carriage)
    }
    await unregister(config, tpp)
    console.log(`ok  ${tpp.kit.name}: registration taken back`)
    await Promise.all([tpp.mutualTls.close(), tpp.browser.close()])
  }
  console.log('the journey is complete')
} catch (fault) {
  console.error('not ok', fault)
  process.exitCode = 1
}
