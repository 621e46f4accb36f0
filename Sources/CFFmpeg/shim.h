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

static inline void ffmpeg_log_count(void *context, int level, const char *format, va_list arguments) {
    (void)context;
    (void)format;
    (void)arguments;
    if (level <= AV_LOG_WARNING) __atomic_fetch_add(&ffmpeg_log_warnings_and_worse, 1, __ATOMIC_RELAXED);
}

static inline void ffmpeg_log_silence(void) { av_log_set_callback(ffmpeg_log_count); }
static inline int64_t ffmpeg_log_counted(void) { return __atomic_load_n(&ffmpeg_log_warnings_and_worse, __ATOMIC_RELAXED); }

#endif
