import HTTPDoor
import HTTPTypes
import Hummingbird
import Verification

/// The session that the header `Session-Token` names: looked at, gone on with, ended.
struct SessionRoutes: Sendable {
    let bank: BankSide

    func add(to routes: Router<DoorContext>) {
        routes.add(.get, "/v1/session", for: .verifier) { ask in
            try .json(SessionForm(try await bank.sessions.session(of: try ask.session())))
        }
        routes.add(.post, "/v1/session", for: .verifier) { ask in
            try .json(SessionForm(try await bank.sessions.goOn(with: try ask.session())))
        }
        routes.add(.delete, "/v1/session", for: .verifier) { ask in
            try await bank.sessions.end(try ask.session())
            return .done
        }
    }
}
