import DeviceProtocol

/// A person whose prompts are told to clients, and whose answer is claimed before the device gets it.
///
/// **The claim is made here**, between the person and the device: this is the one place that every device passes before its first command
/// that must not be repeated, whatever its protocol (VERIFY, or a signature without PIN), and none before it changes the card. As long as
/// the person has not answered, the request can be cancelled and a pulled card costs nothing.
struct WatchedHolder: Holder {
    let base: any Holder
    let device: String
    /// Tells clients; `nil` when nothing is asked any more.
    let publish: @Sendable (PromptForm?) async -> Void
    /// Makes durable that the device is about to do what must not be repeated; every time but the first it does nothing.
    let claim: @Sendable () async -> Bool

    func show(_ prompt: Prompt) async {
        // The next command is the VERIFY itself, which ends only when the keys were pressed: so it is claimed before anybody is told to
        // press them. Nothing can be thrown here; a cancelled task sends no further command.
        if case .enterPINOnPinpad = prompt, !(await claim()) {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return
        }
        await publish(PromptForm(prompt, on: device))
        await base.show(prompt)
    }

    func pinpadIsDone() async {
        // A signature that follows is no prompt, and is not broken off like one.
        await publish(nil)
        await base.pinpadIsDone()
    }

    func consent(to summary: Summary) async throws(HolderError) {
        await publish(PromptForm(.confirmOnDevice, device))
        do throws(HolderError) { try await base.consent(to: summary) } catch { throw await ended(error) }
        try await pass()
    }

    func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        await publish(PromptForm(.enterPIN, request))
        let pin: PIN
        do throws(HolderError) { pin = try await base.pin(for: request) } catch { throw await ended(error) }
        // When it throws, the PIN is wiped and never leaves this line.
        try await pass()
        return pin
    }

    func permitsLastTry(_ request: PINRequest) async throws(HolderError) -> Bool {
        await publish(PromptForm(.enterPIN, request))
        do throws(HolderError) { return try await base.permitsLastTry(request) } catch { throw await ended(error) }
    }

    private func pass() async throws(HolderError) {
        await publish(nil)
        guard !Task.isCancelled, await claim() else { throw .cancelled }
    }

    private func ended(_ error: HolderError) async -> HolderError {
        await publish(nil)
        return error
    }
}
