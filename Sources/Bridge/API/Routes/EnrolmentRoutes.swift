import DeviceProtocol
import Foundation
import HTTPDoor
import HTTPTypes
import Hummingbird
import Verification

/// Devices of subscribers: what they are, and the transitions of their life.
///
/// Keys and seeds do not come by here: devices are imported by the program, or activated.
struct EnrolmentRoutes: Sendable {
    let bank: BankSide

    func add(to routes: Router<DoorContext>) {
        routes.add(.get, "/v1/products") { _ in
            try .json(["products": bank.policy.products.map(ProductForm.init)])
        }
        routes.add(.get, "/v1/enrolments", for: .administrator, .observer, takes: .query) { ask in
            try await list(try ask.query("state", "product", "endsBefore", "cursor", "limit"))
        }
        routes.add(.get, "/v1/enrolments/{device}", for: .administrator, .verifier, .observer) { ask in
            try await answer(try ask.device())
        }
        addTransitions(to: routes)
        addDetails(to: routes)
        addWaysBack(to: routes)
    }

    private func addTransitions(to routes: Router<DoorContext>) {
        routes.add(.post, "/v1/enrolments/{device}/suspend", for: .administrator, .verifier, takes: .body) { ask in
            let device = try ask.device()
            try await bank.enrolments.suspend(device, by: try await ask.body(SuspensionForm.self).reason)
            return try await Problem.afterwards { try await answer(device) }
        }
        routes.add(.post, "/v1/enrolments/{device}/resume", for: .administrator) { ask in
            let device = try ask.device()
            try await bank.enrolments.resume(device)
            return try await Problem.afterwards { try await answer(device) }
        }
        routes.add(.post, "/v1/enrolments/{device}/reset", for: .administrator) { ask in
            let device = try ask.device()
            try await bank.enrolments.reset(device)
            return try await Problem.afterwards { try await answer(device) }
        }
        routes.add(.post, "/v1/enrolments/{device}/revoke", for: .administrator) { ask in
            let device = try ask.device()
            try await bank.enrolments.revoke(device)
            return try await Problem.afterwards { try await answer(device) }
        }
        routes.add(.post, "/v1/enrolments/{device}/renew", for: .administrator) { ask in
            let device = try ask.device()
            try await bank.enrolments.renew(device)
            return try await Problem.afterwards { try await answer(device) }
        }
        routes.add(.post, "/v1/enrolments/{device}/resynchronise", for: .administrator, .verifier, takes: .body) { ask in
            let device = try ask.device()
            let form = try await ask.body(ResynchronisationForm.self)
            try await bank.enrolments.resynchronise(device, with: form.first, form.second)
            return try await Problem.afterwards { try await answer(device) }
        }
    }

    private func addDetails(to routes: Router<DoorContext>) {
        routes.add(.post, "/v1/enrolments/{device}/rename", for: .administrator, .verifier, takes: .body) { ask in
            let device = try ask.device()
            try await bank.enrolments.rename(device, to: try await ask.body(NameForm.self).name)
            return try await Problem.afterwards { try await answer(device) }
        }
        routes.add(.post, "/v1/enrolments/{device}/identify", for: .administrator, takes: .body) { ask in
            let device = try ask.device()
            try await bank.enrolments.identify(device, by: try await ask.body(IdentificationForm.self).identification)
            return try await Problem.afterwards { try await answer(device) }
        }
        routes.add(.put, "/v1/enrolments/{device}/accounts/{account}", for: .administrator) { ask in
            try await link(ask, isLinked: true)
        }
        routes.add(.delete, "/v1/enrolments/{device}/accounts/{account}", for: .administrator) { ask in
            try await link(ask, isLinked: false)
        }
    }

    private func addWaysBack(to routes: Router<DoorContext>) {
        routes.add(.get, "/v1/enrolments/{device}/approvals", for: .administrator, .verifier) { ask in
            try .json(["reactivate": ContentForm(try Recovery.approval(of: .device(try ask.device())))])
        }
        routes.add(.post, "/v1/enrolments/{device}/helpdesk-code", for: .administrator) { ask in
            let code = try await bank.recovery.helpdeskCode(for: .device(try ask.device()))
            return try .json(HelpdeskCodeForm(code, at: bank.now()), status: .created)
        }
        routes.add(.post, "/v1/enrolments/{device}/reactivate", for: .administrator, .verifier, takes: .body) { ask in
            let device = try ask.device()
            try await bank.recovery.open(.device(device), with: try await ask.body(WayBackForm.self).proof)
            return try await Problem.afterwards { try await answer(device) }
        }
    }

    private func link(_ ask: Ask, isLinked: Bool) async throws -> Response {
        let (device, text) = (try ask.device(), try ask.path("account"))
        guard let account = AccountID(rawValue: text) else {
            throw Problem(.invalidIdentifier("an account has 1 to 64 printable ASCII characters without spaces"), at: "account")
        }
        try await bank.enrolments.link(device, to: account, isLinked: isLinked)
        return try await Problem.afterwards { try await answer(device) }
    }

    private func list(_ query: [String: String]) async throws -> Response {
        let product = query["product"].map { ProductProfile.ID(rawValue: $0) }
        if let product { _ = try bank.policy.profile(of: product) }
        let filter = EnrolmentFilter(
            state: try query.word(Enrolment.State.self, "state"), product: product, endsBefore: try query.moment("endsBefore"))
        let cursor = try query["cursor"].map { text throws(Problem) in
            guard let id = EnrolmentID(rawValue: text) else {
                throw Problem(.invalidIdentifier("an enrolment has 1 to 64 printable ASCII characters without spaces"), at: "cursor")
            }
            return id
        }
        let page = try await bank.enrolments.enrolments(
            after: cursor, limit: try PageAsk.limit(query), matching: filter, lookingAt: PageAsk.mostLookedAt)
        return try .json(EnrolmentsForm(enrolments: page.entries.map { EnrolmentForm($0) }, next: page.next?.rawValue))
    }

    /// A device as it stands now.
    private func answer(_ device: DeviceID) async throws -> Response {
        guard let enrolment = try await bank.enrolments.enrolment(of: device) else { throw VerificationError.noSuchDevice(device) }
        return try .json(EnrolmentForm(enrolment.settled(at: bank.now())))
    }
}
