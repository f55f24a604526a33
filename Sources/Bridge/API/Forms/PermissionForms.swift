import DeviceProtocol
import HTTPDoor
import Verification

/// Part of a list of trusted beneficiaries.
struct BeneficiariesForm: Encodable {
    let beneficiaries: [TrustedBeneficiary]
    let next: String?
}

/// What somebody wants to do: a content, or another secret image.
struct PermissionAskForm: Decodable {
    let action: SensitiveAction
    let account: IBAN?
    let approvedBy: ChallengeID?

    private enum CodingKeys: String, CodingKey, CaseIterable { case content, secretImage, account, approvedBy }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        if members.has(.secretImage) {
            guard !members.has(.content) else { throw Problem.invalidRequest("either content or secretImage is given") }
            let name = try members.text(.secretImage, limit: 64)
            action = .changeSecretImage(
                try members.check(.secretImage) { () throws(ContentError) in try SecretImageChange(image: name) })
        } else {
            action = SensitiveAction(try members.value(ContentForm.self, .content).content)
        }
        account = members.has(.account) ? try members.iban(.account) : nil
        approvedBy = try members.optionalChallenge(.approvedBy)
    }
}

extension SensitiveAction {
    /// What somebody does who wants this agreed to.
    fileprivate init(_ content: Challenge.Content) {
        self =
            switch content {
            case .login(let login): .authenticate(login)
            case .payment(let payment): .approvePayment(payment)
            case .batch(let batch): .approveBatch(batch)
            case .beneficiary(let beneficiary): .addBeneficiary(beneficiary)
            case .activation(let activation): .enrol(activation)
            }
    }
}

/// Whether somebody may do that now, and what is missing otherwise.
struct PermissionForm: Encodable {
    /// The kinds of answer.
    enum Answer: String, Encodable { case granted, loginNeeded, approvalNeeded, signaturesNeeded }

    let answer: Answer
    /// Why it was granted without approval: the exemption's name.
    var exemption: StrongAuthenticationPolicy.Exemption?
    /// The operation that approved it.
    var approval: String?
    /// Whether the same request was granted before.
    var isRepeated: Bool?
    /// What is to be approved.
    var content: ContentForm?
    /// Who must sign.
    var rule: RuleForm?

    init(_ permission: Permission) {
        switch permission {
        case .granted(let ground, let isRepeated):
            answer = .granted
            self.isRepeated = isRepeated
            switch ground {
            case .exemption(let exemption): self.exemption = exemption
            case .approval(let id): approval = id.description
            }
        case .loginNeeded: answer = .loginNeeded
        case .approvalNeeded(let content):
            answer = .approvalNeeded
            self.content = ContentForm(content)
        case .signaturesNeeded(let rule):
            answer = .signaturesNeeded
            self.rule = RuleForm(rule)
        }
    }
}
