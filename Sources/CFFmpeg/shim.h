#ifndef LOOKOUT_CFFMPEG_SHIM_H
#define LOOKOUT_CFFMPEG_SHIM_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <string.h>

// Swift sees neither function-like macros nor macros made of casts: each of these functions is one such macro.

static inline int ffmpeg_error_again(void) { return AVERROR(EAGAIN); }
static inline int ffmpeg_error_no_memory(void) { return AVERROR(ENOMEM); }
static inline int ffmpeg_error_invalid_argument(void) { return AVERROR(EINVAL); }
static inline int ffmpeg_error_end_of_file(void) { return AVERROR_EOF; }
static inline int ffmpeg_error_invalid_data(void) { return AVERROR_INVALIDDATA; }
static inline int ffmpeg_error_encoder_not_found(void) { return AVERROR_ENCODER_NOT_FOUND; }
static inline int ffmpeg_error_decoder_not_found(void) { return AVERROR_DECODER_NOT_FOUND; }
static inline int64_t ffmpeg_no_timestamp(void) { return AV_NOPTS_VALUE; }

// A log callback takes a va_list, which Swift cannot receive. Messages are dropped unformatted, since they may quote
// addresses with credentials; only their number is kept. Called by one Swift file, so that there is one counter.
static int64_t ffmpeg_log_warnings_and_worse = 0;

// What an RTMP server says when it refuses is in its log line only: the line is looked at, never kept.
static int ffmpeg_rtmp_refusal = 0;

static inline void ffmpeg_log_count(void *context, int level, const char *format, va_list arguments) {
    (void)context;
    if (strncmp(format, "Server error", 12) == 0) {
        char line[256];
        vsnprintf(line, sizeof line, format, arguments);
        int refusal = 1;
        if (strstr(line, "StreamNotFound") != NULL) refusal = 2;
        if (strstr(line, "authmod") != NULL || strstr(line, "AccessManager") != NULL || strstr(line, "nauthorized") != NULL) {
            refusal = 3;
        }
        __atomic_store_n(&ffmpeg_rtmp_refusal, refusal, __ATOMIC_RELAXED);
    }
    if (level <= AV_LOG_WARNING) __atomic_fetch_add(&ffmpeg_log_warnings_and_worse, 1, __ATOMIC_RELAXED);
}

static inline void ffmpeg_log_silence(void) { av_log_set_callback(ffmpeg_log_count); }
static inline int64_t ffmpeg_log_counted(void) { return __atomic_load_n(&ffmpeg_log_warnings_and_worse, __ATOMIC_RELAXED); }

// 0: the RTMP server refused nothing; 1: it refused; 2: there is no such stream; 3: it demands credentials.
static inline int ffmpeg_rtmp_refused(void) { return __atomic_load_n(&ffmpeg_rtmp_refusal, __ATOMIC_RELAXED); }

static inline int ffmpeg_error_exit(void) { return AVERROR_EXIT; }
static inline int ffmpeg_error_demuxer_not_found(void) { return AVERROR_DEMUXER_NOT_FOUND; }
static inline int ffmpeg_error_protocol_not_found(void) { return AVERROR_PROTOCOL_NOT_FOUND; }

// The HTTP status that an error stands for, 4xx and 5xx without their digits; 0 for another error.
static inline int ffmpeg_http_status(int error) {
    switch (error) {
    case AVERROR_HTTP_BAD_REQUEST: return 400;
    case AVERROR_HTTP_UNAUTHORIZED: return 401;
    case AVERROR_HTTP_FORBIDDEN: return 403;
    case AVERROR_HTTP_NOT_FOUND: return 404;
    case AVERROR_HTTP_OTHER_4XX: return 499;
    case AVERROR_HTTP_SERVER_ERROR: return 500;
    default: return 0;
    }
}

#endif
