struct ErrorRow: Decodable {
    let id: String
    let source: String
    let code: String
    let message: String
}
