import DeviceProtocol
import HTTPDoor
import HTTPTypes
import Hummingbird
import Verification

/// What an action needs, and whom a person trusts.
struct PermissionRoutes: Sendable {
    let bank: BankSide

    func add(to routes: Router<DoorContext>) {
        routes.add(.post, "/v1/permissions", for: .verifier, takes: .body) { ask in
            let (key, session) = (try ask.idempotencyKey(), try ask.optionalSession())
            let form = try await ask.body(PermissionAskForm.self)
            let permission = try await bank.permissions.ask(
                form.action, in: session, from: form.account, approvedBy: form.approvedBy, request: key)
            return try .json(PermissionForm(permission))
        }
        routes.add(.get, "/v1/subscribers/{subscriber}/beneficiaries", for: .verifier, .administrator, .observer, takes: .query) { ask in
            let (id, page) = (try ask.subscriber(), try BeneficiaryPageAsk(try ask.query("cursor", "limit")))
            let (found, next) = page.part(of: try await bank.permissions.trustedBeneficiaries(of: id))
            return try .json(BeneficiariesForm(beneficiaries: found, next: next))
        }
        routes.add(.delete, "/v1/subscribers/{subscriber}/beneficiaries/{iban}", for: .administrator) { ask in
            let (id, text) = (try ask.subscriber(), try ask.path("iban"))
            let iban: IBAN
            do throws(ContentError) { iban = try IBAN(text) } catch { throw Problem(error, at: "iban") }
            try await bank.permissions.distrust(iban, for: id)
            return .done
        }
    }
}
