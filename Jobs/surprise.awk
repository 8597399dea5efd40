# Draws how surprising a story is along its way, from a row of a `score: {per: token}` job: a column for every 2,048
# tokens, as high as their mean of -ln p.
#   awk -v id='TITLE' -f surprise.awk scores.jsonl
index($0, "\"id\":\"" id "\"") {
    window = 2048
    values = $0
    sub(/.*"token_logprobs":\[/, "", values)
    sub(/\].*/, "", values)
    count = split(values, logprob, ",")
    columns = 0
    for (i = 1; i <= count; i++) {
        if (logprob[i] == "null") continue
        column = int((i - 1) / window)
        sum[column] -= logprob[i]
        tokens[column]++
        if (column >= columns) columns = column + 1
    }
    # A short last column says little.
    if (tokens[columns - 1] < window / 4) columns--
    for (c = 0; c < columns; c++) {
        mean[c] = sum[c] / tokens[c]
        if (c == 0 || mean[c] < low) low = mean[c]
        if (c == 0 || mean[c] > high) high = mean[c]
    }
    rows = 6
    floor = low - (high - low) / 4
    split("▁ ▂ ▃ ▄ ▅ ▆ ▇ █", block, " ")
    printf "\nHow surprising \"%s\" is to the model: nats per token, a column for 2,048 tokens\n\n", id
    for (row = rows - 1; row >= 0; row--) {
        label = floor + (row + 1) * (high - floor) / rows
        printf "  %5.2f ", label
        for (c = 0; c < columns; c++) {
            eighths = int((mean[c] - floor) / (high - floor) * rows * 8 + 0.5) - row * 8
            printf "%s", eighths <= 0 ? "  " : (eighths >= 8 ? "██" : block[eighths] block[eighths])
        }
        printf "\n"
    }
    printf "        start%*s\n", 2 * columns - 5, "end"
}
