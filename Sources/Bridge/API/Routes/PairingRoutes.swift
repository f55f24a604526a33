import DeviceProtocol
import Foundation
import HTTPDoor
import HTTPTypes
import Hummingbird
import Pictures
import Verification

/// The dialogue by which a Scan or phone that was sent gets its keys; only QR codes and digits cross this API.
struct PairingRoutes: Sendable {
    let bank: BankSide

    func add(to routes: Router<DoorContext>) {
        routes.add(.post, "/v1/orders/{order}/pairing", for: .administrator, .verifier, takes: .body) { ask in
            let id = try ask.order()
            let form = try await ask.body(NewPairingForm.self)
            let stand = try await bank.pairings.begin(id, replacing: form.replaces)
            return try .json(
                PairingForm(id, stand), status: .created, location: "/v1/orders/\(id.rawValue.inPath)/pairing")
        }
        routes.add(.get, "/v1/orders/{order}/pairing", for: .administrator, .verifier) { ask in
            let id = try ask.order()
            return try .json(PairingForm(id, try await bank.pairings.stand(of: id)))
        }
        routes.add(.post, "/v1/orders/{order}/pairing/codes", for: .administrator, .verifier, takes: .body) { ask in
            let id = try ask.order()
            let form = try await ask.body(PairingCodeForm.self)
            return try .json(PairingForm(id, try await bank.pairings.take(form.code, for: id)))
        }
        routes.add(.get, "/v1/orders/{order}/pairing/qr.png", for: .administrator, .verifier) { ask in
            try await .bytes(code(ask).png(), type: "image/png")
        }
        routes.add(.get, "/v1/orders/{order}/pairing/qr.svg", for: .administrator, .verifier) { ask in
            try await .bytes(Array(code(ask).svg().utf8), type: "image/svg+xml")
        }
    }

    private func code(_ ask: Ask) async throws -> QRCode {
        guard let text = try await bank.pairings.stand(of: try ask.order()).text else {
            throw Problem(
                .notFound, "notFound", "the pairing shows no QR code now", userAction: "take the order's next step first")
        }
        return try QRCode(encoding: text)
    }
}

/// How far a pairing is.
struct PairingForm: Encodable {
    let order: EnrolmentID
    /// `firstCode`, `otherStep`, `secondCode`, or `nothing` when the device is paired.
    let awaits: String
    let digits: Int?
    let endsAt: Date?

    init(_ order: EnrolmentID, _ stand: Pairings.Stand?) {
        self.order = order
        awaits = stand?.awaits.rawValue ?? "nothing"
        digits = stand?.digits
        endsAt = stand?.endsAt
    }
}

/// Which device the new one takes the place of.
struct NewPairingForm: Decodable {
    let replaces: DeviceID?

    private enum CodingKeys: String, CodingKey, CaseIterable { case replaces }

    init(from decoder: any Decoder) throws { replaces = try Members<CodingKeys>(decoder).optionalDevice(.replaces) }
}

/// What the device showed.
struct PairingCodeForm: Decodable {
    let code: String

    private enum CodingKeys: String, CodingKey, CaseIterable { case code }

    init(from decoder: any Decoder) throws { code = try Members<CodingKeys>(decoder).text(.code, limit: 16) }
}
