/// The two laws of ITU-T G.711: eight bits a sample.
package enum G711: String, Sendable, Hashable, Codable, CaseIterable {
    case aLaw
    case muLaw
}
