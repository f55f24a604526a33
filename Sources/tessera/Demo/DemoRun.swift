import DeviceProtocol
import Foundation
import PINEntry
import Pictures
import Verification

/// One device's login and payment, through the calls that are the same for every device.
struct DemoRun {
    let bank: DemoBank
    let device: DemoDevice
    let story: Story
    let asks: Bool

    func row() async throws -> DemoRow {
        let start = ContinuousClock.now
        story.tell("\(title)\n")
        let isToken = device.device.descriptor.kind == .token
        let login = try await outcome(of: .login(Login(place: "Luxembourg", browser: "tessera demo")))
        if isToken {
            story.tell("A code is good once: the demo moves its clock on by 30 s, to the next one.")
            bank.clock.move(by: 30)
        }
        let payment = try await outcome(
            of: .payment(
                Payment(
                    iban: IBAN("LU28 0019 4006 4475 0000"), amount: Amount(decimal: "12.50", currency: Currency("EUR")),
                    payee: "Boulangerie du Coin", reference: "Invoice 2026-117")))
        let spent = ContinuousClock.now - start
        var binding: Evidence.Binding?
        if case .succeeded(let evidence) = payment { binding = evidence.binding }
        story.tell("")
        return DemoRow(
            device: device.device.descriptor.kind, login: login.name, payment: payment.name, evidence: binding?.rawValue,
            milliseconds: Int(spent / .milliseconds(1)))
    }

    private var title: String {
        let name = device.device.descriptor.name
        return "── \(name) " + String(repeating: "─", count: max(2, 60 - name.count))
    }

    /// The bank asks, the device answers, the bank decides.
    private func outcome(of content: Challenge.Content) async throws -> Outcome {
        let descriptor = device.device.descriptor
        let operation = try await bank.operations.begin(
            content, for: device.subscriber, with: descriptor.id, idempotencyKey: UUID().uuidString)
        let presentation = try await bank.operations.presentation(of: operation.id)
        story.tell("\(operation.challenge.summary.title): the bank \(presentation.telling)")
        // An attached device runs what must not be repeated; a hand-held one is read by its person.
        if presentation.form == .plain { try await bank.operations.claim(operation.id) }
        let response: Response
        do throws(DeviceError) {
            let camera = Camera(story: story, draws: descriptor.kind == .scan && !content.isLogin)
            response = try await answer(to: camera.look(at: presentation, of: descriptor.name))
        } catch {
            story.tell("  \(error)\n  \(error.hint)")
            return try await bank.operations.report(error, for: operation.id).outcome ?? .indeterminate
        }
        story.tell("  \(response.telling)")
        let outcome = try await bank.operations.submit(response, to: operation.id)
        story.tell("  the bank: \(outcome.name)")
        return outcome
    }

    private func answer(to presentation: Presentation) async throws(DeviceError) -> Response {
        asks
            ? try await device.device.respond(to: presentation, with: TerminalHolder())
            : try await device.device.respond(to: presentation, with: DemoPerson(story: story))
    }
}

/// What stands between the bank's screen and a hand-held device: the QR code is drawn, and read back from its picture.
private struct Camera {
    let story: Story
    /// Whether the code is drawn for people too: one is enough to see.
    let draws: Bool

    func look(at presentation: Presentation, of device: String) throws(DeviceError) -> Presentation {
        guard case .sealed(let text) = presentation else { return presentation }
        do {
            let code = try QRCode(encoding: text)
            if draws { story.tell(code.terminalText(isatty(1) == 1 ? .colour : .plain(on: .dark))) }
            let seen = try QRReader.texts(in: code.png())
            guard seen.count == 1 else { throw DeviceError(.challengeRefused, device, detail: "\(seen.count) QR codes in the picture") }
            return .sealed(seen[0])
        } catch let error as DeviceError {
            throw error
        } catch {
            throw DeviceError(.challengeRefused, device, detail: "\(error)")
        }
    }
}

extension Presentation {
    fileprivate var telling: String {
        switch self {
        case .nothing: "shows the device nothing, and waits for a code"
        case .sealed: "draws a QR code that only this device can open"
        case .plain: "sends it to the card"
        }
    }
}

extension Response {
    fileprivate var telling: String {
        switch self {
        case .code(let code): "the code is \(code)"
        case .signature(let bytes, let certificates):
            "a signature of \(bytes.count) bytes, with \(certificates.count) \(certificates.count == 1 ? "certificate" : "certificates")"
        case .signedCode(let code, let signature): "the code is \(code), with a signature of \(signature.count) bytes"
        }
    }
}
