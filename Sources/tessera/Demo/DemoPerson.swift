import DeviceProtocol
import Secrets

/// The demo's own person: reads what is shown, agrees, and knows the PIN.
struct DemoPerson: Holder {
    let story: Story

    /// The PIN of every device in the demo, as a person types it.
    static func typePIN() throws -> PIN { PIN(try SecretBytes.copying("123456".utf8)) }

    func show(_ prompt: Prompt) async {
        if case .confirmOnDevice(let summary) = prompt { tell(summary) }
    }

    func consent(to summary: Summary) async throws(HolderError) { story.tell("  the person compares, and accepts") }

    func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        if request.triesLeft != nil { tell(request.summary) }
        let tries = request.triesLeft.map { ", \($0) tries left" } ?? ""
        story.tell("  the PIN is asked\(tries): ••••••")
        do { return try Self.typePIN() } catch { throw .unavailable }
    }

    private func tell(_ summary: Summary) {
        let width = summary.lines.map(\.label.count).max() ?? 0
        for line in summary.lines where !line.text.isEmpty {
            story.tell("  │ \(line.label)\(String(repeating: " ", count: width - line.label.count))  \(line.text)")
        }
    }
}
