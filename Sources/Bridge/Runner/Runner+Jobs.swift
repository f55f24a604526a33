import DeviceProtocol
import Foundation
import Logging
import Secrets
import Verification

extension Runner {
    /// Runs one job that has the device, to its end.
    func perform(_ job: Job) async {
        var pause = Duration.milliseconds(250)
        while await isWanted(job), let device = await device(for: job) {
            guard let result = await attempt(job, on: device) else { break }
            if await conclude(job, result, on: device) { break }
            // The card is not there, or held: it is waited for, ever more rarely where nothing tells that it is back.
            await rest(job, for: pause)
            pause = min(pause * 2, .seconds(8))
        }
        remove(job)
    }

    /// Whether somebody still waits for the answer.
    private func isWanted(_ job: Job) async -> Bool {
        guard job.mayGoOn, !isEnding else { return false }
        guard let operation = job.operation else { return bank.operations.now() < job.expiresAt }
        do { return try await bank.operations.operation(operation.id).state == .pending } catch {
            if case .store = error { return true }
            return false
        }
    }

    // MARK: The device

    /// The device, as soon as it is there; `nil` when nobody waits for it any more.
    private func device(for job: Job) async -> (any Device)? {
        // It may have left, and come, and left again at any of the waits before: what counts is whether it is there now.
        while job.goesOn() {
            if let device = present[job.device] { return device }
            await publish(PromptForm(.insertCard, job.device.rawValue), for: job)
            // While the prompt was told it may have come, and perhaps left again.
            guard present[job.device] == nil, job.state.stop == nil else { continue }
            await withCheckedContinuation { arrivals[job.number] = $0 }
            await publish(nil, for: job)
        }
        return nil
    }

    private func rest(_ job: Job, for pause: Duration) async {
        let wake = Task { [clock] in
            // One that is no longer needed must not end a later wait.
            if (try? await clock.pause(for: pause)) != nil { self.wake(job.number) }
        }
        if job.state.stop == nil { await withCheckedContinuation { arrivals[job.number] = $0 } }
        wake.cancel()
    }

    func wake(_ number: UInt64) { arrivals.removeValue(forKey: number)?.resume() }

    // MARK: The answer

    /// Lets the device answer once; `nil` when there is nothing to answer any more.
    private func attempt(_ job: Job, on device: any Device) async -> Result<Response, DeviceError>? {
        let presentation: Presentation
        switch job.work {
        case .answer(_, let given, _): presentation = given
        case .operation(let operation):
            do { presentation = try await bank.operations.presentation(of: operation.id) } catch {
                if case .store = error { return .failure(DeviceError(.serviceSilent, job.device.rawValue, detail: "\(error)")) }
                // Over, or the device may not be asked any more.
                _ = try? await bank.operations.cancel(operation.id)
                return nil
            }
        }
        // A device serves one at a time.
        if let status = statuses[job.device] {
            status.cancel()
            await status.value
        }
        let holder = WatchedHolder(
            base: holders.holder(for: job.operation, on: device.descriptor), device: device.descriptor.name,
            publish: { await self.publish($0, for: job) }, claim: { await self.claim(job) })
        let task = Task { () -> Result<Response, DeviceError> in
            do throws(DeviceError) { return .success(try await device.respond(to: presentation, with: holder)) } catch {
                return .failure(error)
            }
        }
        let isStopped = job.change { run in
            run.wasClaimRefused = false
            run.attempt = task
            return run.stop != nil
        }
        if isStopped { task.cancel() }
        let result = await task.value
        job.change { $0.attempt = nil }
        await publish(nil, for: job)
        return result
    }

    /// Makes durable that the device is about to do what must not be repeated; `false` when it must not.
    private func claim(_ job: Job) async -> Bool {
        guard let id = job.id else { return true }
        if job.state.isClaimed { return await isStillWanted(job, id) }
        // Counted from before others can see it.
        let claim = Claim(node: node, seconds: limits.claim)
        let end = uptime() + .seconds(claim.seconds)
        job.change { $0.isClaiming = true }
        defer { job.change { $0.isClaiming = false } }
        do throws(VerificationError) {
            try await bank.operations.claim(id, by: claim)
        } catch {
            // A login of nobody has no operation: nobody is told so, and nothing can be lost.
            if case .noSuchOperation = error, job.operation == nil { return true }
            job.change { $0.wasClaimRefused = true }
            return false
        }
        job.change { ($0.isClaimed, $0.claimEnd) = (true, end) }
        return true
    }

    /// Whether what was claimed is not over: after a wrong PIN somebody else may have ended it, and the device is not to answer any more.
    private func isStillWanted(_ job: Job, _ id: ChallengeID) async -> Bool {
        do throws(StoreError) {
            let found = try await bank.store.lookUp { (reader) throws(StoreError) in try reader.operation(id) }
            guard found?.state == .working else {
                job.stop(.over)
                return false
            }
            return true
        } catch {
            job.change { $0.wasClaimRefused = true }
            return false
        }
    }

    /// Takes what came of an attempt; `false` when it may be made again.
    private func conclude(_ job: Job, _ result: Result<Response, DeviceError>, on device: any Device) async -> Bool {
        let state = job.state
        switch (job.work, result) {
        case (.answer(_, _, let answer), .success(let response)):
            _ = answer.put(response)
            return true
        case (.operation(let operation), .success(let response)):
            if state.stop != .over { await submit(response, to: operation) }
            return true
        case (_, .failure(let error)):
            // Nothing was handed to the device, and it has left, or the store did not take the claim: it may be asked again.
            if !state.isClaimed, state.stop != .over, state.stop != .shutdown,
                state.stop == .left || state.wasClaimRefused || error.code.mayPass
            {
                return false
            }
            await fail(job, state, error)
            return true
        }
    }

    private func fail(_ job: Job, _ state: Job.Run, _ error: DeviceError) async {
        var error = error
        // The person declined neither a prompt that was withdrawn because the card left, nor what the store could not be asked about.
        if error.code == .cancelled, state.stop == .left { error = DeviceError(.removed, job.device.rawValue) }
        if error.code == .cancelled, state.wasClaimRefused { error = DeviceError(.serviceSilent, job.device.rawValue) }
        if case .answer(_, _, let answer) = job.work { answer.fail(error) }
        // The outcome is the code alone, and this is for whoever installs: another place for PINs would do.
        if error.code == .detailsTooLong { logger.warning("\(error)", metadata: ["hint": "\(error.hint)"]) }
        // Without a claim it was ended by whoever stopped it, stays pending over a restart, or is a login of which nothing is lost.
        guard let id = job.id, state.isClaimed || state.stop == nil && job.operation != nil else { return }
        await insist(until: job.expiresAt) { () async throws(VerificationError) in _ = try await self.bank.operations.report(error, for: id)
        }
    }

    private func submit(_ response: Response, to operation: Verification.Operation) async {
        await insist(until: operation.challenge.expiresAt) { () async throws(VerificationError) in
            _ = try await self.bank.operations.submit(response, to: operation.id, claimedBy: self.node)
        }
    }

    /// Tells the store what came of it, again while it is out of reach and the challenge's time is not over.
    ///
    /// An answer that was stored, though nobody was told so, is found to be over.
    private func insist(until end: Date, _ body: () async throws(VerificationError) -> Void) async {
        var pause = Duration.milliseconds(100)
        while true {
            do throws(VerificationError) { return try await body() } catch {
                guard case .store(let reason) = error else { return }
                logger.warning("an outcome could not be stored yet", metadata: ["reason": "\(reason)"])
            }
            guard bank.operations.now() < end, (try? await clock.pause(for: pause)) != nil else { return }
            pause = min(pause * 2, .seconds(5))
        }
    }

    // MARK: Prompts

    /// Tells what the person is asked, or that nothing is asked any more.
    func publish(_ prompt: PromptForm?, for job: Job) async {
        job.change { $0.isPrompting = prompt != nil }
        if let id = job.id, !board.note(id, { $0.prompt = prompt }) { return }
        var happening = DeviceHappening(.prompt, job.device)
        happening.operation = job.operation?.id
        happening.about = job.id.map { [$0] } ?? []
        happening.prompt = prompt
        await feed.tell(happening)
    }
}

extension DeviceError.Code {
    /// Whether the same device may well answer a little later, when the person has put it back or another program is done with it.
    fileprivate var mayPass: Bool {
        switch self {
        case .removed, .cardMissing, .cardMute, .heldByAnotherProgram, .serviceAbsent, .serviceSilent: true
        default: false
        }
    }
}
